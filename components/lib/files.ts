import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The text of `components/files/<name>`: scripts that run inside the platform's containers. */
export function scriptFile(name: string): string {
  return readFileSync(join(import.meta.dirname, "..", "files", name), "utf8");
}
