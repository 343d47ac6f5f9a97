import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";
import { run } from "../../../tools/lib/run.ts";
import { ROOT } from "../../../tools/lib/paths.ts";
import {
  MOCHA,
  PYTEST,
  asSkipped,
  countTests,
  failedTests,
  inWords,
  type Counts,
  type Reporting,
} from "../../../tools/test/counts.ts";

const MOCHA_TESTS = `
describe("what a runner counts", () => {
  it("passes, and says 7 passing", () => console.log("  7 passing (3s)"));
  it("passes too", () => {});
  it("fails", () => { throw new Error("12 failing"); });
  it("is pending");
});
`;
const PYTEST_TESTS = `
import pytest

@pytest.fixture
def broken_at_the_end():
    yield
    raise RuntimeError("1 passed")

def test_passes(): print("7 passed, 3 failed in 2.1s")
def test_passes_too(): pass
def test_fails(): assert False
def test_ends_badly(broken_at_the_end): pass
@pytest.mark.skip(reason="shows a skipped one")
def test_is_skipped(): pass
`;

describe("countTests", () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "slipway-counts-"));
    file = path.join(folder, "report");
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  /** Writes tests, runs them by the real runner, and counts. */
  async function counted(name: string, text: string, argv: [string, ...string[]], by: Reporting) {
    const tests = path.join(folder, name);
    writeFileSync(tests, text);
    const { code, stdout } = await run([...argv, tests, ...by.args(file)]);
    const report = { ...by, file };
    return { code, stdout, counts: countTests(code, report), failed: failedTests(report) };
  }
  const mocha: [string, ...string[]] = [
    path.join(ROOT, "node_modules", ".bin", "mocha"),
    "--no-config",
    "--import=tsx",
  ];

  it("counts what mocha ran, names what failed, and leaves its lines to people", async () => {
    const { code, stdout, counts, failed } = await counted("a.test.cjs", MOCHA_TESTS, mocha, MOCHA);
    assert.deepEqual(counts, { passed: 2, failed: 1, skipped: 1 });
    assert.equal(failed.length, 1);
    assert.match(failed[0] ?? "", /a\.test\.cjs what a runner counts fails\n12 failing$/);
    assert.equal(code, 1);
    assert.match(stripVTControlCharacters(stdout), /✔ passes, and says 7 passing\n[^]* 2 passing/);
  });

  it("counts what pytest ran, and names what failed", async () => {
    const python: [string, ...string[]] = [
      process.env["SLIPWAY_PYTHON"] ?? path.join(ROOT, "training/.venv/bin/python"),
      ...["-m", "pytest", "-c", "/dev/null", "-p", "no:cacheprovider"],
    ];
    const { counts, failed } = await counted("test_a.py", PYTEST_TESTS, python, PYTEST);
    assert.deepEqual(counts, { passed: 2, failed: 2, skipped: 1 });
    assert.deepEqual(
      failed.map((test) => test.split("\n", 2)),
      [
        ["test_a test_fails", "assert False"],
        ["test_a test_ends_badly", 'failed on teardown with "RuntimeError: 1 passed"'],
      ],
    );
  });

  it("counts one failure where mocha dies before its report", async () => {
    const { counts, failed } = await counted("a.test.cjs", "process.exit(0)", mocha, MOCHA);
    assert.deepEqual(failed, []);
    assert.deepEqual(counts, { passed: 0, failed: 1, skipped: 0 });
  });

  it("counts a runner that crashed after its tests", () => {
    writeFileSync(file, JSON.stringify({ passes: 3, failures: 0, pending: 0 }));
    assert.deepEqual(countTests(7, { ...MOCHA, file }), { passed: 3, failed: 1, skipped: 0 });
  });

  it("refuses a report that lacks a count", () => {
    writeFileSync(file, JSON.stringify({ passes: 3 }));
    assert.throws(
      () => countTests(0, { ...MOCHA, file }),
      /says 'undefined' where it should count/,
    );
    writeFileSync(file, '<testsuites><testsuite name="pytest" errors="0" failures="0">');
    assert.throws(() => countTests(0, { ...PYTEST, file }), /says 'NaN' where it should count/);
  });

  it("counts a command that counts nothing as one check", () => {
    assert.deepEqual(countTests(0), { passed: 1, failed: 0, skipped: 0 });
    assert.deepEqual(countTests(2), { passed: 0, failed: 1, skipped: 0 });
  });

  it("counts tests that could not run here as skipped, and none as passed", () => {
    const listed: Counts = { passed: 23, failed: 0, skipped: 1 };
    assert.deepEqual(asSkipped(listed), { passed: 0, failed: 0, skipped: 24 });
  });

  it("closes with one line", () => {
    assert.equal(inWords({ passed: 12, failed: 0, skipped: 3 }), "12 passed, 0 failed, 3 skipped");
  });
});
