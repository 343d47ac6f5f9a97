import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { execa } from "execa";
import { type ApiServer, startApiServer } from "../../support/api-server.ts";
import { long } from "../../support/long.ts";
import { playApi } from "../../support/played-api.ts";
import { prerequisites } from "../../support/prerequisites.ts";
import { Workspace } from "../../support/workspace.ts";

const { cli, programs, reason } = prerequisites(["kubernetes", "random"]);

// No pods run here, so the forward to an API leads to a server that answers while Prometheus' image is not bad.
describe(`npm run deploy${reason && ` (skipped: ${reason})`}`, function () {
  this.timeout(600_000);
  const stack = "dev";
  let server: ApiServer;
  let workspace: Workspace;
  let env: Record<string, string>;
  const said: string[] = [];
  const undo: (() => Promise<void> | void)[] = [];

  before(async function () {
    if ("missing" in cli || programs === undefined) {
      this.skip();
      return;
    }
    server = await startApiServer(programs);
    undo.unshift(() => server.stop());
    const api = await playApi(programs.kubectl, (_, response) => {
      void bad().then((is) => {
        response.statusCode = is ? 503 : 200;
        response.end(JSON.stringify({ model: { name: "any", version: "4" } }));
      });
    });
    undo.unshift(api.stop);
    workspace = new Workspace(cli.pulumi, server.kubeconfig);
    undo.unshift(() => {
      workspace.remove();
    });
    env = {
      PATH: [api.folder, process.env["PATH"]].join(delimiter),
      KUBECONFIG: server.kubeconfig,
      PULUMI_BACKEND_URL: `file://${join(workspace.root, ".slipway", "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
      GITHUB_ACTOR: "ada",
      TRIES: "2",
    };
    const text = file().replace(/ {2}slipway:registry:\n( {4}.*\n)+/, "");
    const local = "  slipway:cluster: local\n  slipway:wait: false\n";
    writeFileSync(join(workspace.root, `Pulumi.${stack}.yaml`), text + local);
    workspace.run("stack", "init", stack);
    workspace.commit("no node");
  });

  after(async () => {
    for (const step of undo) await step();
  });

  const file = () => readFileSync(join(workspace.root, `Pulumi.${stack}.yaml`), "utf8");
  const breakPrometheus = () => {
    const image = "config:\n  slipway:images:\n    prometheus: example.com/prometheus:v9-bad\n";
    writeFileSync(join(workspace.root, `Pulumi.${stack}.yaml`), file().replace("config:\n", image));
  };
  const revert = () => {
    const identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"];
    workspace.git(...identity, "revert", "--no-edit", "HEAD");
  };
  const head = () => workspace.git("rev-parse", "HEAD").trim();

  async function image(workload: string): Promise<string> {
    const path = "jsonpath={.spec.template.spec.containers[0].image}";
    const get = ["-n", "slipway-dev", "get", workload, "-o", path];
    const options = { env: { KUBECONFIG: server.kubeconfig }, reject: false } as const;
    return (await execa(programs?.kubectl ?? "", get, options)).stdout;
  }

  const bad = async () => (await image("statefulset/prometheus")).includes("bad");

  async function run(command: string, args: string[] = [], more: NodeJS.ProcessEnv = {}) {
    const all = [`tools/ops/${command}.ts`, "--stack", stack, ...args];
    const { exitCode, all: output } = await execa("node", ["--import", "tsx", ...all], {
      ...{ cwd: workspace.root, env: { ...env, ...more }, all: true, reject: false },
    });
    said.push(output);
    return { exitCode, output };
  }

  it("brings nothing back when there is nothing, and says so", async () => {
    breakPrometheus();
    workspace.commit("bad from the start");
    const { exitCode, output } = await run("deploy", ["--yes"]);
    assert.equal(exitCode, 1);
    assert.match(output, /DEPLOYMENT OF [0-9a-f]{7} TO dev FAILED: .*answered 503/s);
    assert.match(output, /no earlier good deployment to bring back/);
    revert();
  });

  it("records commit, images, versions and who", async () => {
    const { exitCode, output } = await run("deploy", ["--yes"]);
    assert.equal(exitCode, 0, output);
    assert.match(output, /commit [0-9a-f]{7} is on no remote branch/);
    const [failed, deployed] = await entries();
    assert.equal(failed?.["result"], "failed");
    assert.equal(deployed?.["sha"], head());
    assert.equal(deployed["by"], "ada");
    assert.deepEqual(deployed["models"], {
      "diabetes-model": "4",
      "iris-model": "4",
      "titanic-model": "4",
    });
    assert.match((deployed["images"] as { ui: string }).ui, /^slipway\.local\/ui:[0-9a-f]{7}$/);
  });

  it("brings the last good commit back when a prediction fails, and fails", async () => {
    const good = { sha: head(), image: await image("statefulset/prometheus") };
    breakPrometheus();
    appendFileSync(join(workspace.root, "ui", "Dockerfile"), "\n");
    const ui = await image("deployment/ui");
    workspace.commit("bad");
    const { exitCode, output } = await run("deploy", ["--yes"]);
    assert.equal(exitCode, 1);
    assert.match(output, new RegExp(`BRINGING BACK ${good.sha.slice(0, 7)}`));
    assert.match(output, /dev was not deployed; .* is back/);
    assert.equal(await image("statefulset/prometheus"), good.image);
    assert.equal(await image("deployment/ui"), ui);
    const kept = (await entries()).slice(-2).map(({ event, result, sha }) => [event, result, sha]);
    assert.deepEqual(kept, [
      ["rollback", "ok", good.sha],
      ["deploy", "failed", head()],
    ]);
    assert.equal(workspace.git("worktree", "list").trim().split("\n").length, 1);
    revert();
  });

  it("lets nothing through that breaks a policy", async () => {
    const good = await image("statefulset/prometheus");
    workspace.breakPolicy();
    workspace.commit("privileges to gain");
    const { exitCode, output } = await run("deploy", ["--yes"]);
    assert.equal(exitCode, 1);
    assert.match(output, /restricted-pods.*[^]*FAILED: .* breaks a policy; .*[^]* is back/);
    assert.equal(await image("statefulset/prometheus"), good);
    revert();
  });

  long(
    "runs an earlier image again after a rollback, and keeps it through the next deployment",
    async () => {
      const before = await image("deployment/ui");
      appendFileSync(join(workspace.root, "ui", "Dockerfile"), "\n\n");
      workspace.commit("the page");
      assert.equal((await run("deploy", ["--yes"])).exitCode, 0);
      const after = await image("deployment/ui");
      assert.notEqual(after, before);
      await trainElsewhere();
      const wrong = await run("rollback", ["--image", "ui", "--to", "0000000"]);
      assert.match(wrong.output, /--to 0000000: no such image; known, newest first:\n {2}slipway/);
      workspace.breakPolicy();
      const failed = await run("rollback", ["--image", "ui"]);
      assert.equal(failed.exitCode, 1);
      assert.match(failed.output, /Pulumi\.dev\.yaml still pins ui\..*remove 'slipway:pins\.ui'/);
      workspace.git("checkout", "-q", ".");
      const { exitCode, output } = await run("rollback", ["--image", "ui"]);
      assert.equal(exitCode, 0, output);
      assert.match(output, /commit Pulumi\.dev\.yaml/);
      assert.equal(await image("deployment/ui"), before);
      assert.match(file(), new RegExp(`slipway:pins:\n    ui: ${before}\n`));
      workspace.commit("pin the page");
      assert.equal((await run("deploy", ["--yes"])).exitCode, 0);
      assert.equal(await image("deployment/ui"), before);
      appendFileSync(join(workspace.root, "LICENSE"), "\n");
      workspace.commit("elsewhere");
      const elsewhere = await run("rollback", ["--image", "ui", "--to", after]);
      assert.match(elsewhere.output, /is deployed, but .* is checked out .*--here/);
    },
  );

  /** As `npm run train` from another commit: the stack's outputs now name images that do not run. */
  async function trainElsewhere(): Promise<void> {
    appendFileSync(join(workspace.root, "ui", "Dockerfile"), "\n\n\n");
    workspace.commit("not deployed");
    const running = await image("deployment/ui");
    workspace.run("up", "-s", stack, "--yes", "--skip-preview", "--target", "**::training");
    const { pins } = JSON.parse(workspace.run("stack", "output", "--json", "-s", stack)) as {
      pins: { ui: string };
    };
    assert.notEqual(pins.ui, running);
    assert.equal(await image("deployment/ui"), running);
    workspace.git("reset", "-q", "--hard", "HEAD~1");
  }

  it("says what to do about a lock, a missing passphrase and a person who cannot be asked", async () => {
    const locks = join(workspace.root, ".slipway/state/.pulumi/locks/organization/slipway/dev");
    mkdirSync(locks, { recursive: true });
    const lock = { pid: 1, username: "eve", hostname: "there", timestamp: "2026-11-22T02:00:00Z" };
    writeFileSync(join(locks, "1.json"), JSON.stringify(lock));
    const locked = await run("deploy", ["--yes"]);
    assert.match(locked.output, /the stack is locked: .*--recover .*interrupted-up\.md/);
    assert.doesNotMatch(locked.output, /BRINGING BACK/);
    rmSync(locks, { recursive: true });
    // Also where the person who runs the tests has set one.
    const none = { PULUMI_CONFIG_PASSPHRASE: undefined, PULUMI_CONFIG_PASSPHRASE_FILE: undefined };
    const without = await run("deploy", ["--yes"], none);
    assert.match(without.output, /set PULUMI_CONFIG_PASSPHRASE/);
    assert.match((await run("deploy")).output, /nobody can be asked here: add --yes/);
  });

  it("has told no secret in all of this", async () => {
    const get = ["-n", "slipway-dev", "get", "secrets", "-o", "json"];
    const options = { env: { KUBECONFIG: server.kubeconfig } };
    const { stdout } = await execa(programs?.kubectl ?? "", get, options);
    const { items } = JSON.parse(stdout) as { items: { data: { password?: string } }[] };
    const passwords = items.flatMap(({ data }) =>
      data.password === undefined ? [] : [Buffer.from(data.password, "base64").toString()],
    );
    assert.ok(passwords.length > 3);
    for (const password of passwords) assert.ok(!said.join("\n").includes(password));
  });

  async function entries(): Promise<Record<string, unknown>[]> {
    const get = ["-n", "slipway-dev", "get", "configmap", "slipway-history", "-o", "json"];
    const options = { env: { KUBECONFIG: server.kubeconfig } };
    const { stdout } = await execa(programs?.kubectl ?? "", get, options);
    const { data } = JSON.parse(stdout) as { data: Record<string, string> };
    return Object.keys(data)
      .sort()
      .map((key) => JSON.parse(data[key] ?? "") as Record<string, unknown>);
  }
});
