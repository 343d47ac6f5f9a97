import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { schema } from "../components/config/schema.ts";
import { ROOT } from "../tools/lib/paths.ts";
import { configurationPage, readmeWithTable } from "../tools/docs/configuration.ts";
import { trackedFiles } from "./support/markdown.ts";

const page = readFileSync(join(import.meta.dirname, "..", "docs", "configuration.md"), "utf8");

describe("docs/configuration.md", () => {
  it("is what the schema says (else run `npm run docs`)", async () => {
    assert.equal(page, await configurationPage());
  });

  it("names every key", () => {
    for (const key of Object.keys(schema.shape)) assert.ok(page.includes(`\`${key}\``), key);
  });
});

describe("README.md", () => {
  const readme = readFileSync(join(import.meta.dirname, "..", "README.md"), "utf8");

  it("has the schema's first-level keys in its table (else run `npm run docs`)", async () => {
    assert.equal(readme, await readmeWithTable(readme));
  });

  it("says what each folder holds", () => {
    const folders = new Set(
      trackedFiles(ROOT)
        .filter((file) => file.includes("/"))
        .map((file) => file.split("/")[0] ?? ""),
    );
    const table = readme.slice(readme.indexOf("## Folders"));
    const missing = [...folders].filter((folder) => !table.includes(`\`${folder}/\``));
    assert.deepEqual(missing, []);
  });

  it("can't lose the table's place unnoticed", async () => {
    await assert.rejects(readmeWithTable("# Slipway"), /lacks the marks/);
  });
});
