import assert from "node:assert/strict";
import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { findPulumi } from "../../tools/lib/pulumi-cli.ts";
import { existingCluster } from "../../tools/sandbox/choose-cluster.ts";
import { installed } from "../../tools/lib/installed.ts";
import { ROOT } from "../../tools/lib/paths.ts";
import { longSuite } from "../support/long.ts";
import { underLoad } from "./support/constant-load.ts";
import { FLOOR, MODEL, MODEL_FILE } from "./support/own-model.ts";
import { Rehearsal } from "./support/team.ts";

const API = `${MODEL}-api`;

/** A pull request's whole way, with the scripts that the workflows call; GitHub itself is left out. */
longSuite("the way from a pull request to production and back", function () {
  this.timeout(1_200_000);
  let team: Rehearsal;
  // Each test goes on where the one before it ended. Mocha's `bail` would leave all out after a failure of another file.
  let broken: string | undefined;
  beforeEach(() => {
    assert.equal(broken, undefined, "not tried, because that step failed");
  });
  afterEach(function () {
    if (this.currentTest?.isFailed()) broken ??= this.currentTest.title;
  });

  before(async function () {
    const cluster = await existingCluster();
    const reason =
      cluster?.kind !== "source"
        ? "only containerd of a cluster from source can be told of this machine's registry"
        : (await findPulumi()) === undefined
          ? "no Pulumi CLI"
          : ["docker-registry", "htpasswd", "openssl"]
              .filter((name) => installed(name) === undefined)
              .map((name) => `${name} is not installed`)
              .join(", ");
    if (cluster === undefined || reason !== "") {
      process.stdout.write(`      skipped: ${reason}\n`);
      this.skip();
      return;
    }
    // Its requests would leave no room for two more environments on the only node.
    await execa({ cwd: ROOT })`npm run --silent sleep -- --stack sandbox`;
    team = await Rehearsal.create(cluster);
  });

  after(async function () {
    this.timeout(300_000);
    // Undefined where the tests were skipped.
    if ((team as Rehearsal | undefined) === undefined) return;
    await team.remove();
    await execa({ cwd: ROOT })`npm run --silent wake -- --stack sandbox`;
  });

  /** Runs a step that must go well and tell no secret; gives what it printed. */
  async function step(command: string, ...args: string[]): Promise<string> {
    const { exitCode, all } = await team.npm(command, ...args);
    assert.equal(exitCode, 0, all);
    for (const secret of team.secrets)
      assert.ok(!all.includes(secret), `${command} tells a secret`);
    return all;
  }

  const image = (stack: string) => {
    const path = "jsonpath={.spec.template.spec.containers[0].image}";
    return team.kubectl(stack, "get", `deployment/${API}`, "-o", path);
  };
  /** Commit that the API's image was made from. */
  const release = (stack: string) => {
    const path = "jsonpath={.metadata.labels.app\\.kubernetes\\.io/version}";
    return team.kubectl(stack, "get", `deployment/${API}`, "-o", path);
  };
  const maximum = (stack: string) =>
    team.kubectl(stack, "get", `hpa/${API}`, "-o", "jsonpath={.spec.maxReplicas}");

  /** One prediction through a stack's Service. */
  async function predict(stack: string): Promise<{ model: { version: string } }> {
    const address = await serviceAddress(stack);
    const response = await fetch(`http://${address}:8000/predict/demo`, {
      headers: { connection: "close" },
    });
    assert.equal(response.status, 200, await response.clone().text());
    return (await response.json()) as { model: { version: string } };
  }

  const addresses = new Map<string, string>();
  async function serviceAddress(stack: string): Promise<string> {
    const known = addresses.get(stack);
    if (known !== undefined) return known;
    const path = "jsonpath={.spec.clusterIP}";
    const found = await team.kubectl(stack, "get", `service/${API}`, "-o", path);
    addresses.set(stack, found);
    return found;
  }

  it("deploys both environments for the first time, with images by digest from the registry", async () => {
    for (const stack of Rehearsal.stacks) {
      await step("deploy", "--stack", stack, "--yes");
      assert.match(await image(stack), /^10\.244\.0\.1:\d+\/team\/slipway\/serving@sha256:/);
      await predict(stack);
    }
    assert.equal(await image("prod"), await image("staging"));
  });

  it("previews a pull request: exactly its changes, for each stack", async () => {
    await team.git("checkout", "-q", "-b", "feature/more-room");
    await appendFile(join(team.clone, "serving/src/server.ts"), "\n// A release.\n");
    for (const stack of Rehearsal.stacks) {
      const text = await readFile(team.stackFile(stack), "utf8");
      await writeFile(team.stackFile(stack), text.replace("max: 3", "max: 4"));
    }
    await team.commit("More room for our model");
    const out = join(team.clone, "..", "comment.md");
    await step("preview", "--stack", "prod", "--out", out);
    const comment = await readFile(out, "utf8");
    assert.match(
      comment,
      new RegExp(`HorizontalPodAutoscaler.*${API}|${API}.*HorizontalPodAutoscaler`),
    );
    assert.match(comment, /serving/);
    assert.doesNotMatch(comment, /postgres|object-store|mlflow|training|PersistentVolumeClaim|`ui/);
  });

  it("merges to develop and main: staging first, then prod, without a failed request", async () => {
    const before = await image("prod");
    await team.git("checkout", "-q", "develop");
    await team.git("merge", "-q", "--no-ff", "-m", "Merge more room", "feature/more-room");
    await team.git("push", "-q", "origin", "develop", "develop:main");
    await step("deploy", "--stack", "staging", "--yes");
    assert.equal(await maximum("staging"), "4");
    assert.equal(await maximum("prod"), "3");
    // Here a person approves.
    const load = await underLoad(() => step("deploy", "--stack", "prod", "--yes"), {
      clients: 2,
      request: () => predict("prod"),
    });
    assert.deepEqual(load.failures, []);
    assert.equal(await maximum("prod"), "4");
    assert.notEqual(await image("prod"), before);
    assert.equal(await release("prod"), await release("staging"));
    // Not merely the same commit: the same bytes.
    assert.equal(await image("prod"), await image("staging"));
  });

  it("brings the last good state back when a release fails, and says so; callers notice nothing", async () => {
    const [good, version] = [await image("staging"), (await predict("staging")).model.version];
    const workload = async () =>
      JSON.parse(await team.kubectl("staging", "get", "deployment/mlflow", "-o", "json")) as {
        metadata: { generation: number };
      };
    const file = join(team.clone, MODEL_FILE);
    const yaml = await readFile(file, "utf8");
    // A gate that no model passes.
    await writeFile(file, yaml.replace(FLOOR, "accuracy: 0.9999"));
    assert.notEqual(await readFile(file, "utf8"), yaml);
    await team.commit("A bad release");
    await team.git("push", "-q", "origin", "develop");
    let outcome: Awaited<ReturnType<Rehearsal["npm"]>> | undefined;
    const load = await underLoad(
      async () => (outcome = await team.npm("deploy", "--stack", "staging", "--yes")),
      { clients: 2, request: () => predict("staging") },
    );
    assert(outcome);
    assert.notEqual(outcome.exitCode, 0);
    assert.match(outcome.all, /DEPLOYMENT OF \w{7} TO staging FAILED/);
    assert.match(outcome.all, /staging was not deployed; .* is back/);
    assert.deepEqual(load.failures, []);
    assert.equal(await image("staging"), good);
    assert.equal((await predict("staging")).model.version, version);
    await team.git("revert", "--no-edit", "HEAD");
    await team.git("push", "-q", "origin", "develop");
    const { metadata } = await workload();
    await step("deploy", "--stack", "staging", "--yes");
    // The revert is the state that is back already: nothing is built, and nothing rolls out.
    assert.equal(await image("staging"), good);
    assert.equal((await workload()).metadata.generation, metadata.generation);
  });

  it("rolls prod's image back with one command, and lists what was live when", async () => {
    await team.git("checkout", "-q", "-B", "main", "origin/main");
    const bad = await image("prod");
    const load = await underLoad(
      () => step("rollback", "--stack", "prod", "--image", "serving", "--reason", "slow"),
      { clients: 2, request: () => predict("prod") },
    );
    assert.deepEqual(load.failures, []);
    assert.notEqual(await image("prod"), bad);
    const history = await step("history", "--stack", "prod");
    const { stdout: sha } = await execa({ cwd: team.clone })`git rev-parse --short=7 HEAD`;
    assert.match(history, new RegExp(sha));
    assert.match(history, /serving: slow/);
    assert.match(await step("history", "--stack", "staging"), /failed/);
  });
});
