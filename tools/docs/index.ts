import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { configurationPage } from "./configuration.ts";

/** `npm run docs`: writes the pages that are made from code. A test keeps them true. */
const page = join(import.meta.dirname, "..", "..", "docs", "configuration.md");
await writeFile(page, await configurationPage());
process.stdout.write(`${page}\n`);
