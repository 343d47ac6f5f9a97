import assert from "node:assert/strict";
import { delimiter, dirname } from "node:path";
import { execa } from "execa";
import { openCluster } from "../../../tools/lib/stack/open-environment.ts";
import { type Environment } from "../../../tools/lib/stack/environment.ts";
import { promotionTag } from "../../../tools/ops/promotions.ts";
import { record } from "../../../tools/lib/stack/records.ts";
import { markAsleep } from "../../../tools/lib/stack/sleep-mark.ts";
import { ROOT } from "../../../tools/lib/paths.ts";
import { setEnvironment } from "../../support/environment.ts";
import { NO_SERVER, serverPrograms, startApiServer } from "../../support/api-server.ts";
import { playApi } from "../../support/played-api.ts";

const programs = serverPrograms();
const reason = programs ? "" : NO_SERVER;
const SHA = "1a2b3c4".padEnd(40, "0");

// No pods run here: MLflow's registry is played, the records are real.
describe(`npm run history${reason && ` (skipped: ${reason})`}`, function () {
  this.timeout(180_000);
  let environment: Environment;
  let env: Record<string, string>;
  const asked: string[] = [];
  const undo: (() => Promise<void> | void)[] = [];

  before(async function () {
    if (programs === undefined) {
      this.skip();
      return;
    }
    const server = await startApiServer(programs);
    undo.unshift(() => server.stop());
    const mlflow = await playApi(programs.kubectl, ({ url = "", headers }, response) => {
      asked.push(headers.authorization ?? "");
      const { key, value } = promotionTag({ at: "2026-11-20T00:00:00Z", by: "training" });
      const version = { version: "7", status: "READY", tags: [{ key, value }] };
      const models = { registered_models: [{ name: "iris-model" }] };
      response.end(
        JSON.stringify(url.includes("model-versions") ? { model_versions: [version] } : models),
      );
    });
    undo.unshift(mlflow.stop);
    env = {
      PATH: [mlflow.folder, dirname(programs.kubectl), process.env["PATH"]].join(delimiter),
      KUBECONFIG: server.kubeconfig,
    };
    undo.unshift(setEnvironment(env));
    environment = await openCluster({ stack: "dev" });
    await environment.kubectl(["create", "namespace", environment.namespace]);
  });

  after(async () => {
    for (const step of undo) await step();
  });

  const history = (...args: string[]) => {
    const all = ["--import", "tsx", "tools/ops/history.ts", "--stack", "dev", ...args];
    return execa("node", all, { cwd: ROOT, env, reject: false });
  };

  it("says what it needs where nothing was deployed", async () => {
    const { exitCode, stderr } = await history();
    assert.equal(exitCode, 1);
    assert.match(stderr, /the Secret mlflow-admin of slipway-dev cannot be read: .*deploy first/s);
  });

  it("shows deployments and promotions in one table, and asks MLflow as its administrator", async () => {
    const secret = ["create", "secret", "generic", "mlflow-admin"];
    const account = ["--from-literal=username=admin", "--from-literal=password=canary"];
    await environment.kubectl(["-n", environment.namespace, ...secret, ...account]);
    await record(environment, {
      event: "deploy",
      result: "ok",
      sha: SHA,
      models: { "titanic-model": "2" },
    });
    const { exitCode, stdout, stderr } = await history();
    assert.equal(exitCode, 0, stderr);
    const [title, ...rows] = stdout.split("\n");
    assert.match(title ?? "", /^WHEN \(UTC\) +WHAT +RESULT +COMMIT /);
    assert.match(
      rows[0] ?? "",
      /^2026-11-20 00:00:00 +model +ok .*iris-model=7 +training +promoted$/,
    );
    assert.match(rows[1] ?? "", /deploy +ok +1a2b3c4 .*iris-model=7 titanic-model=2/);
    assert.equal(rows.length, 2);
    assert.deepEqual(
      [...new Set(asked)],
      [`Basic ${Buffer.from("admin:canary").toString("base64")}`],
    );
  });

  it("gives the same to programs as JSON", async () => {
    const { stdout } = await history("--json");
    const rows = JSON.parse(stdout) as { event: string; sha?: string; models: object }[];
    assert.deepEqual(
      rows.map(({ event, models }) => ({ event, models })),
      [
        { event: "model", models: { "iris-model": "7" } },
        { event: "deploy", models: { "iris-model": "7", "titanic-model": "2" } },
      ],
    );
    assert.equal(rows[1]?.sha, SHA);
  });

  it("does without MLflow while the environment sleeps, and says so", async () => {
    await markAsleep(environment, "2026-11-22T02:00:00Z");
    asked.length = 0;
    const { exitCode, stdout, stderr } = await history();
    assert.equal(exitCode, 0);
    assert.match(stderr, /^asleep: model versions are those of the last deployments/);
    assert.match(stdout, /1a2b3c4/);
    assert.doesNotMatch(stdout, /iris-model/);
    assert.deepEqual(asked, []);
  });
});
