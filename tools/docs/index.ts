import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { configurationPage, readmeWithTable } from "./configuration.ts";

/** `npm run docs`: writes what is made from code. A test keeps it true. */
const root = join(import.meta.dirname, "..", "..");
const page = join(root, "docs", "configuration.md");
const readme = join(root, "README.md");
await writeFile(page, await configurationPage());
await writeFile(readme, await readmeWithTable(await readFile(readme, "utf8")));
process.stdout.write(`${page}\n${readme}\n`);
