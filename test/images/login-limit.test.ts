import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { ROOT } from "../../tools/lib/paths.ts";
import { PYTHON } from "../support/mlflow-server.ts";

/** What a script prints that has a limit, a clock `now[0]`, and `fails(n)`. */
function limit(script: string): unknown {
  const lines = [
    "import json",
    "from login_limit import KEYS, LoginLimit",
    "now = [1000.0]",
    "limit = LoginLimit(lambda: now[0])",
    "def fails(n, account='admin', address='10.0.0.1'):",
    "    return [limit.begin(account, address, f'guess-{i}') for i in range(n)]",
    script,
  ];
  const env = { ...process.env, PYTHONPATH: join(ROOT, "images", "mlflow", "bin") };
  const done = spawnSync(PYTHON, ["-c", lines.join("\n")], { env, encoding: "utf8" });
  assert.equal(done.status, 0, done.stderr);
  return JSON.parse(done.stdout);
}

describe("MLflow's limit of wrong passwords", () => {
  it("lets ten be looked at within a minute, and says how long to wait", () => {
    const script =
      "first = fails(11); now[0] += 59; still = fails(1); now[0] += 1.5; later = fails(1)";
    assert.deepEqual(limit(`${script}\nprint(json.dumps([first, still, later]))`), [
      [...Array.from({ length: 10 }, () => 0), 61],
      [2],
      [0],
    ]);
  });

  it("counts each account and each address by itself", () => {
    const script =
      "fails(11); print(json.dumps(fails(1, 'training') + fails(1, address='10.0.0.2')))";
    assert.deepEqual(limit(script), [0, 0]);
  });

  it("never holds up the password that was right last time, and counts one that is no longer", () => {
    const right =
      "limit.begin('admin', '10.0.0.1', 'right'); limit.succeed('admin', '10.0.0.1', 'right')";
    const script = `${right}\nfails(10)
known = limit.begin('admin', '10.0.0.1', 'right')
limit.succeed('admin', '10.0.0.9', 'new')
print(json.dumps([known, limit.begin('admin', '10.0.0.1', 'right') > 0]))`;
    assert.deepEqual(limit(script), [0, true]);
  });

  it("forgets made-up names before the one that is guessed at, and is never larger than it may be", () => {
    const script = `fails(10)
for i in range(KEYS + 50): limit.begin(f'name-{i}', '10.0.0.1', 'x')
print(json.dumps([len(limit._failures) <= KEYS, fails(1)[0] > 0]))`;
    assert.deepEqual(limit(script), [true, true]);
  });
});
