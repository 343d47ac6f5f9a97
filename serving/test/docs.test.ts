import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { EnvironmentSchema } from "../src/config.ts";

interface Documented {
  default?: string | number;
  description: string;
}

/** A table's cells, row by row, without the padding that prettier adds. */
function cells(markdown: string): string[][] {
  return markdown
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

describe("docs/prediction-api.md", () => {
  it("lists every variable with its default and meaning", () => {
    const page = readFileSync(new URL("../../docs/prediction-api.md", import.meta.url), "utf8");
    const documented = new Map(cells(page).map((row) => [row[0], row.slice(1)]));
    for (const [name, schema] of Object.entries(EnvironmentSchema.properties)) {
      const { default: value, description } = JSON.parse(JSON.stringify(schema)) as Documented;
      const shown = value === undefined ? "" : `\`${value}\``;
      assert.deepEqual(documented.get(`\`${name}\``), [shown, description], name);
    }
  });
});
