import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { execa } from "execa";
import { ROOT } from "../../tools/lib/paths.ts";
import { CONFIG_FILE, NAMESPACE } from "../../tools/lib/stack/sandbox.ts";
import { editStackFile } from "../../tools/lib/stack/stack-file.ts";
import { long } from "../support/long.ts";
import { bucketElsewhere } from "./support/bucket.ts";
import { underLoad } from "./support/constant-load.ts";
import { stopElsewhere } from "./support/elsewhere.ts";
import { storedRows } from "./support/mlflow.ts";
import { engine, kubectl, objects, predict, until } from "./support/sandbox.ts";

const PROVEN = /: predicts .*, as the live API\n(.*\n)*.*the newest backup is proven/;

/** Runs a command as a person does; gives all that it printed. */
async function npm(command: string, ...args: string[]): Promise<string> {
  const all = ["run", "--silent", command, "--", "--stack", "sandbox", ...args];
  return (await execa("npm", all, { cwd: ROOT, all: true })).all;
}

/** Takes away all that MLflow's database and its object store hold. */
async function loseEverything(): Promise<void> {
  const drop = "DROP SCHEMA public CASCADE; CREATE SCHEMA public AUTHORIZATION mlflow";
  const psql = ["psql", "-q", "-U", "postgres", "-d", "mlflow", "-c", drop];
  await kubectl("exec", "postgres-0", "-c", "postgres", "--", ...psql);
  const rm = "echo 'fs.rm -rf /buckets/mlflow/artifacts' | weed shell -master=127.0.0.1:9333";
  await kubectl("exec", "object-store-seaweedfs-0", "--", "sh", "-c", rm);
}

/** Loses everything, and goes back to the moment before. */
async function toMoment(): Promise<void> {
  const archive = ["deployment/wal-archive", "-c", "keeper", "--"];
  const kept = async () =>
    Number(await kubectl("exec", ...archive, "stat", "-c", "%Y", "/wal/kept")) * 1000;
  const before = await storedRows();
  await pause(2_000);
  const then = new Date();
  await pause(2_000);
  await loseEverything();
  // What changed after the moment is kept too, with the mark of the next minute.
  await until("the change is kept", async () => (await kept()) > then.getTime() + 70_000, 240);
  const at = (time: Date) => time.toISOString().slice(0, 19);
  const early = at(new Date(Date.now() - 86_400_000));
  await assert.rejects(npm("restore", "--yes", "--at", early), /does not go back .*--from-backup/s);
  assert.match(await npm("restore", "--list"), /every moment from \d{4}-.* for --at/);
  const said = await npm("restore", "--yes", "--at", at(then));
  assert.match(said, /replayed up to [^]*database: \d+ tables, \d+ rows, alike/);
  const after = new Set(await storedRows());
  assert.deepEqual(
    before.filter((row) => !after.has(row)),
    [],
  );
}

describe("backups", function () {
  this.timeout(600_000);

  it("bring back every row and object that was lost, while predictions go on", async () => {
    const before = await storedRows();
    const answer = await predict();
    assert.match(await npm("backup"), /snapshot \w{8} saved/);
    const load = await underLoad(async () => {
      await loseEverything();
      await assert.rejects(npm("backup"), /no table registered_models.*npm run restore/s);
      assert.match(await npm("restore", "--yes"), /MLflow runs again/);
    });
    assert.deepEqual(load.failures, []);
    assert(load.answered > 0);
    const after = new Set(await storedRows());
    assert.deepEqual(
      before.filter((row) => !after.has(row)),
      [],
    );
    assert.deepEqual(await predict(), answer);
  });

  it("are proven on schedule: by predictions that equal the live ones", async () => {
    const { spec } = JSON.parse(await kubectl("get", "cronjob", "restore-drill", "-o", "json")) as {
      spec: { schedule: string };
    };
    const at = (schedule: string) =>
      kubectl("patch", "cronjob", "restore-drill", "-p", JSON.stringify({ spec: { schedule } }));
    interface Job {
      metadata: { name: string; ownerReferences?: object[] };
      status: { succeeded?: number; active?: number };
    }
    const drills = () => objects<Job>("jobs", "-l", "app.kubernetes.io/name=restore-drill");
    const scheduled = async () => {
      const jobs = await drills();
      return jobs.find(({ metadata, status }) => metadata.ownerReferences && status.succeeded);
    };
    await at("* * * * *");
    try {
      await until("a drill on schedule", async () => (await scheduled()) !== undefined, 240);
    } finally {
      await at(spec.schedule);
      // One that a later minute began would be in the way of what follows.
      const ended = async () => (await drills()).every(({ status }) => !status.active);
      await until("no drill at work", ended, 240);
    }
    const name = (await scheduled())?.metadata.name ?? "";
    assert.match(await kubectl("logs", `job/${name}`, "-c", "predictions"), PROVEN);
  });

  long(
    "bring back a moment, and a namespace that was deleted, from a bucket elsewhere",
    async function () {
      this.timeout(1_500_000);
      if ((await engine()) !== "pulumi") return;
      const file = await readFile(CONFIG_FILE, "utf8");
      const deploy = (...more: string[]) => npm("deploy", "--yes", "--dirty", ...more);
      try {
        const to = await bucketElsewhere();
        const pointInTime = { size: "2Gi" };
        editStackFile(CONFIG_FILE, { "slipway:backup": { to, pointInTime, size: "5Gi" } });
        await deploy();
        await npm("backup");
        await toMoment();
        const before = await storedRows();
        await kubectl("delete", "namespace", NAMESPACE);
        await assert.rejects(deploy(), /is not in the cluster.*--recover.*npm run restore/s);
        await deploy("--recover");
        await npm("restore", "--yes");
        const after = new Set(await storedRows());
        assert.deepEqual(
          before.filter((row) => !after.has(row)),
          [],
        );
        const drill = await npm("backup", "--drill");
        assert.match(drill, PROVEN);
        assert.match(drill, /replayed up to \d{4}-/);
      } finally {
        await writeFile(CONFIG_FILE, file);
        await deploy("--recover");
        await stopElsewhere();
      }
    },
  );
});
