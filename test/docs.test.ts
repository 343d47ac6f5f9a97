import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { schema } from "../components/config.ts";
import { configurationPage } from "../tools/docs/configuration.ts";

const page = readFileSync(join(import.meta.dirname, "..", "docs", "configuration.md"), "utf8");

describe("docs/configuration.md", () => {
  it("is what the schema says (else run `npm run docs`)", async () => {
    assert.equal(page, await configurationPage());
  });

  it("names every key", () => {
    for (const key of Object.keys(schema.shape)) assert.ok(page.includes(`\`${key}\``), key);
  });
});
