import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../tools/lib/paths.ts";
import { ALL_ROWS, keyOf, readOutcomes } from "./outcome.ts";
import { reliabilityPage } from "./page.ts";

describe("the faults that are played", () => {
  it("are at least sixty, each once", () => {
    assert.ok(ALL_ROWS.length >= 60, String(ALL_ROWS.length));
    const keys = ALL_ROWS.map(keyOf);
    assert.deepEqual(
      keys.filter((key, index) => keys.indexOf(key) !== index),
      [],
    );
  });

  it("are tests that there are", () => {
    const missing = ALL_ROWS.filter(({ file, test, suite }) => {
      const text = readFileSync(join(ROOT, file), "utf8");
      if (suite === "training") return !new RegExp(`^def ${test}\\b`, "m").test(text);
      // Parts of a title may be filled in, and suite and test stand apart: three words of it stand together.
      const words = test.split(" ").slice(-5);
      const plain = text.replaceAll("\\`", "`");
      const three = words.slice(2).map((_, at) => words.slice(at, at + 3).join(" "));
      return !three.some((part) => plain.includes(part));
    });
    assert.deepEqual(missing.map(keyOf), []);
  });

  it("passed when they were played last, sixty of them at least", () => {
    const outcomes = readOutcomes();
    const results = ALL_ROWS.map((row) => [keyOf(row), outcomes[keyOf(row)]?.result] as const);
    const bad = results.filter(([, result]) => result !== undefined && result !== "passed");
    assert.deepEqual(bad, []);
    assert.ok(results.filter(([, result]) => result === "passed").length >= 60);
  });

  it("stand in docs/reliability.md as they went (else `npm run faults`)", async () => {
    const page = readFileSync(join(ROOT, "docs", "reliability.md"), "utf8");
    assert.equal(page, await reliabilityPage(readOutcomes()));
  });
});
