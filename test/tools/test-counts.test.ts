import assert from "node:assert/strict";
import { asSkipped, countTests } from "../../tools/test-counts.ts";

describe("countTests", () => {
  it("reads mocha", () => {
    const output = "  a\n    ✔ says 7 passing\n\n  12 passing (3s)\n  2 pending\n  1 failing\n";
    assert.deepEqual(countTests(output, 1), { passed: 12, failed: 1, skipped: 2 });
  });

  it("reads mocha in colour", () => {
    const output = "\u001b[92m \u001b[0m\u001b[32m 12 passing\u001b[0m\u001b[90m (3s)\u001b[0m\n";
    assert.deepEqual(countTests(output, 0), { passed: 12, failed: 0, skipped: 0 });
  });

  it("reads pytest", () => {
    const output = "....\n1 failed, 30 passed, 2 skipped, 1 error in 2.10s\n";
    assert.deepEqual(countTests(output, 1), { passed: 30, failed: 2, skipped: 2 });
  });

  it("counts a silent command as one check", () => {
    assert.deepEqual(countTests("All checks passed!\n", 0), { passed: 1, failed: 0, skipped: 0 });
    assert.deepEqual(countTests("3 errors somewhere\n", 2), { passed: 0, failed: 1, skipped: 0 });
    assert.deepEqual(countTests("", 2), { passed: 0, failed: 1, skipped: 0 });
  });

  it("counts a runner that crashed after its tests", () => {
    assert.deepEqual(countTests("  3 passing (1s)\n", 7), { passed: 3, failed: 1, skipped: 0 });
  });

  it("counts tests that could not run here as skipped, and none as passed", () => {
    const listed = countTests("  23 passing (5ms)\n  1 pending\n", 0);
    assert.deepEqual(asSkipped(listed), { passed: 0, failed: 0, skipped: 24 });
  });
});
