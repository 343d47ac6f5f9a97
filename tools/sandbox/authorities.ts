import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** Where Debian keeps the certificate authorities that its administrator added. */
const FOLDER = "/usr/local/share/ca-certificates";

/** PEM text of the machine's private authorities, which builds need where the network re-signs TLS. Mostly empty. */
export async function privateAuthorities(): Promise<string> {
  const files = (await readdir(FOLDER).catch(() => [])).filter((name) => name.endsWith(".crt"));
  const texts = await Promise.all(files.sort().map((name) => readFile(join(FOLDER, name), "utf8")));
  return texts.join("\n");
}
