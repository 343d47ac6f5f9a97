import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { execa } from "execa";
import { parse } from "yaml";
import { ROOT } from "../../tools/lib/paths.ts";
import { CONFIG_FILE, STACK } from "../../tools/lib/stack/sandbox.ts";
import { readStackKey } from "../../tools/lib/stack/read-stack.ts";
import { editStackFile } from "../../tools/lib/stack/stack-file.ts";
import { existingCluster } from "../../tools/sandbox/choose-cluster.ts";
import { longSuite } from "../support/long.ts";
import { npm } from "./support/commands.ts";
import { noneFails, seconds, tell } from "./support/measured.ts";
import { mlflow } from "./support/mlflow.ts";
import { loadPostgres, MAJOR, MINOR } from "./support/newer-postgres.ts";
import { kubectl, needPulumi, predict, readyReplicas, until } from "./support/sandbox.ts";

const RUNBOOK = join(ROOT, "docs/runbooks/postgres-major-upgrade.md");
const PSQL = ["exec", "-i", "postgres-0", "-c", "postgres", "--", "psql", "-U", "postgres", "-At"];

longSuite("an upgrade of our own Postgres, in the cluster under load", function () {
  this.timeout(30 * 60_000);
  let file: string;
  let held: string[];
  let answer: unknown;

  before(async function () {
    await needPulumi(this);
    file = await readFile(CONFIG_FILE, "utf8");
    await loadPostgres(MINOR);
    await loadPostgres(MAJOR);
    await readyReplicas("diabetes-model-api", 3);
    await mlflow("POST", "runs/create", { experiment_id: "0", run_name: "before the upgrade" });
    [held, answer] = [await contents(), await predict()];
    assert.match(held.join("\n"), /^table public\.runs\|[1-9]/m);
    assert.match(held.join("\n"), /"username": "admin"/);
  });
  after(async () => {
    await writeFile(CONFIG_FILE, file);
    await rm(join(ROOT, "mlflow.dump"), { force: true });
  });

  /** What must hold after each: the data, MLflow's accounts and the champion, on that server. */
  const asBefore = async (server: RegExp) => {
    assert.match(await version(), server);
    assert.deepEqual(await contents(), held);
    await mlflow("GET", "registered-models/search?max_results=1");
    assert.deepEqual(await predict(), answer);
  };

  it("to a newer minor version keeps every row; MLflow is away for a moment, and no prediction fails", async () => {
    const old = await version();
    await noneFails("minor version", async () => {
      useImage(MINOR.reference);
      await awayDuring("minor version", () => npm("deploy", "--yes", "--dirty"));
    });
    assert.notEqual(await version(), old);
    await asBefore(/^15\./);
  });

  it("to another major version is refused before anything is touched, where only the image is edited", async () => {
    const versionOf = () =>
      kubectl(
        "get",
        "statefulset",
        "postgres",
        "-o",
        "jsonpath={.metadata.uid} {.metadata.resourceVersion}",
      );
    const before = await versionOf();
    useImage(MAJOR.reference);
    try {
      await assert.rejects(
        npm("deploy", "--yes", "--dirty"),
        /postgres-data .* are of Postgres 15, which 17 does not read: .*postgres-major-upgrade\.md/,
      );
    } finally {
      useImage(MINOR.reference);
    }
    assert.equal(await versionOf(), before);
    await asBefore(/^15\./);
  });

  it("to another major version without Pulumi is refused by the pod, which names the runbook", async () => {
    await noneFails("refused by the pod", async () => {
      const one = (name: string) => {
        const env = [{ name: "PGDATA", value: "/var/lib/postgresql/17/docker" }];
        return { name, image: MAJOR.reference, env };
      };
      const spec = { initContainers: [one("check")], containers: [one("postgres")] };
      const patch = JSON.stringify({ spec: { template: { spec } } });
      await kubectl("patch", "statefulset", "postgres", "-p", patch);
      await until("the refusal", async () =>
        /holds the data of Postgres 15, this image is another major version.*postgres-major-upgrade\.md/.test(
          await kubectl("logs", "postgres-0", "-c", "check"),
        ),
      );
      await run("Where the pod refused");
    });
    await asBefore(/^15\./);
  });

  for (const [index, way] of ["with backups", "with a dump"].entries()) {
    it(`to another major version by the runbook, ${way}, keeps every row and account`, async () => {
      await noneFails(way, async () => {
        const since = Date.now();
        await run("Put the data aside", index);
        await editAsWritten();
        await run("Start the new server");
        await run("Load the data", index);
        tell(`${way}: MLflow stood still for ${seconds(since)}`);
      });
      await asBefore(/^17\./);
      await mlflow("POST", "runs/create", { experiment_id: "0", run_name: "after the upgrade" });
      assert.match(await npm("backup"), /snapshot \w{8} saved/);
      assert.match(await npm("backup", "--drill"), /the newest backup is proven/);
    });

    it(`and back, ${way}, has the data of before`, async () => {
      await noneFails("back", async () => {
        await run("Go back", 0);
        useImage(MINOR.reference);
        await run("Go back", 1);
      });
      await asBefore(/^15\./);
      await run("Clean up");
    });
  }

  it("leaves nothing behind once the runbook is done", async () => {
    const list = ["exec", "postgres-0", "--", "sh", "-c", "ls -d /var/lib/postgresql/*/*"];
    assert.equal((await kubectl(...list)).trim(), "/var/lib/postgresql/15/docker");
    await writeFile(CONFIG_FILE, file);
    await npm("deploy", "--yes", "--dirty");
    await asBefore(/^15\./);
  });
});

const version = () => kubectl(...PSQL, "-c", "SHOW server_version");

/**
 * Each table with its rows and the checksum of all that is in them, and each sequence. MLflow hashes the passwords of its
 * accounts anew, with other salts, at each start: of these everything else is compared.
 */
async function contents(): Promise<string[]> {
  const input = await readFile(join(ROOT, "components/files/fingerprint.sql"), "utf8");
  const all = await kubectl(...PSQL, "-q", "-d", "mlflow", "-f", "-", { input });
  const users = "SELECT to_jsonb(u) - 'password_hash' FROM users u ORDER BY id";
  const lines = [all, await kubectl(...PSQL, "-d", "mlflow", "-c", users)].join("\n").split("\n");
  return lines.filter((line) => line !== "" && !line.startsWith("table public.users|"));
}

/** Writes another image of Postgres into the stack file. */
function useImage(postgres: string): void {
  const images = readStackKey("images", CONFIG_FILE) as Record<string, string>;
  editStackFile(CONFIG_FILE, { "slipway:images": { ...images, postgres } });
}

/** The edit of the stack file as the runbook has it, with the image that is here. */
async function editAsWritten(): Promise<void> {
  const [, yaml = ""] = /```yaml\n([^]*?)```/.exec(await readFile(RUNBOOK, "utf8")) ?? [];
  const { "slipway:database": database } = parse(yaml) as Record<string, unknown>;
  useImage(MAJOR.reference);
  editStackFile(CONFIG_FILE, { "slipway:database": database });
}

/** Runs the commands of a section of the runbook as a person does; `index` chooses among its blocks. */
async function run(section: string, index = 0): Promise<void> {
  const cluster = await existingCluster();
  assert(cluster);
  const text = await readFile(RUNBOOK, "utf8");
  const part = text.split(/^## /m).find((one) => one.startsWith(`${section}\n`));
  const block = [...(part ?? "").matchAll(/```sh\n([^]*?)```/g)][index]?.[1];
  assert(block !== undefined, `${RUNBOOK}: no block ${index} of '${section}'`);
  const commands = block
    .replaceAll("STACK", STACK)
    // The new version of this machine's packages.
    .replaceAll("postgresql/18/", "postgresql/17/")
    // What a person is asked.
    .replace(/^npm run deploy .*$/m, "$& --yes --dirty")
    .replace(/^npm run restore .*$/m, "$& --yes");
  const env = {
    ...cluster.env,
    PATH: [dirname(cluster.kubectl), process.env["PATH"]].join(delimiter),
  };
  await execa("bash", ["-euo", "pipefail", "-c", commands], { cwd: ROOT, env, all: true });
}

/** Tells how long MLflow did not answer during `work`. */
async function awayDuring(what: string, work: () => Promise<unknown>): Promise<void> {
  let [over, away, since] = [false, 0, 0];
  const ask = async () => {
    while (!over) {
      const begun = Date.now();
      const answers = await mlflow("GET", "registered-models/search?max_results=1").then(
        () => true,
        () => false,
      );
      if (!answers && since === 0) since = begun;
      if (answers && since > 0) {
        away += Date.now() - since;
        since = 0;
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  };
  const asking = ask();
  try {
    await work();
  } finally {
    over = true;
    await asking;
  }
  tell(`${what}: MLflow did not answer for ${(away / 1000).toFixed(1)} s`);
  assert.equal(since, 0, "MLflow does not answer");
}
