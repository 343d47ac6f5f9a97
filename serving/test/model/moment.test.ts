import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";

import { secondsOf } from "../../src/model/moment.ts";

const VECTORS = JSON.parse(
  readFileSync(
    path.join(import.meta.dirname, "../../../training/tests/support/moments.json"),
    "utf8",
  ),
) as Record<"local" | "offset", Record<string, number | null>>;

describe("the text of a time", () => {
  for (const kind of ["local", "offset"] as const) {
    it(`is read as training reads it (${kind})`, () => {
      for (const [text, seconds] of Object.entries(VECTORS[kind])) {
        assert.equal(secondsOf(text, kind === "offset"), seconds ?? NaN, text);
      }
    });
  }
});
