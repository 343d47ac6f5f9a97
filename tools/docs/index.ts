import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { changesPage } from "./changes/page.ts";
import { configurationPage, readmeWithTable } from "./configuration.ts";
import { securityPage } from "./network/page.ts";

/** `npm run docs`: writes what is made from code. A test keeps it true. */
const root = join(import.meta.dirname, "..", "..");
const page = join(root, "docs", "configuration.md");
const changes = join(root, "docs", "changes.md");
const security = join(root, "docs", "security.md");
const readme = join(root, "README.md");
await writeFile(page, await configurationPage());
await writeFile(changes, await changesPage());
await writeFile(security, await securityPage(await readFile(security, "utf8")));
await writeFile(readme, await readmeWithTable(await readFile(readme, "utf8")));
process.stdout.write(`${page}\n${changes}\n${security}\n${readme}\n`);
