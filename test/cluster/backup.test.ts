import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { execa } from "execa";
import { ROOT } from "../../tools/lib/paths.ts";
import { CONFIG_FILE, NAMESPACE } from "../../tools/lib/stack/sandbox.ts";
import { editStackFile } from "../../tools/lib/stack/stack-file.ts";
import { long } from "../support/long.ts";
import { underLoad } from "./support/constant-load.ts";
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

  long("bring back a namespace that was deleted, from a bucket elsewhere", async function () {
    this.timeout(1_500_000);
    if ((await engine()) !== "pulumi") return;
    const file = await readFile(CONFIG_FILE, "utf8");
    const deploy = (...more: string[]) => npm("deploy", "--yes", "--dirty", ...more);
    try {
      await storeElsewhere();
      const account = { accessKey: "team-backups", secretKey: "a-long-password" };
      const to = {
        ...{ kind: "s3", endpoint: "http://store.elsewhere.svc:8333", bucket: "team-backups" },
        ...account,
      };
      editStackFile(CONFIG_FILE, { "slipway:backup": { to, size: "5Gi" } });
      await deploy();
      await npm("backup");
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
      assert.match(await npm("backup", "--drill"), PROVEN);
    } finally {
      await writeFile(CONFIG_FILE, file);
      await deploy("--recover");
      await kubectl("delete", "namespace", "elsewhere", "--ignore-not-found");
    }
  });
});

/** An S3 that has nothing to do with the environment. */
async function storeElsewhere(): Promise<void> {
  const path = "jsonpath={.spec.template.spec.containers[0].image}";
  const image = await kubectl("get", "statefulset", "object-store-seaweedfs", "-o", path);
  const run =
    "mkdir -p /tmp/data /tmp/clients && printf a-long-password >/tmp/clients/team-backups && exec /app/bin/seaweedfs-server";
  const metadata = { name: "store", namespace: "elsewhere", labels: { app: "store" } };
  const items = [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: "elsewhere" } },
    {
      ...{ apiVersion: "v1", kind: "Pod", metadata },
      spec: {
        containers: [
          {
            ...{ name: "store", image, command: ["/bin/sh", "-c", run] },
            env: [
              { name: "DATA_DIR", value: "/tmp/data" },
              { name: "CLIENTS_DIR", value: "/tmp/clients" },
            ],
          },
        ],
      },
    },
    {
      ...{ apiVersion: "v1", kind: "Service", metadata },
      spec: { selector: { app: "store" }, ports: [{ port: 8333 }] },
    },
  ];
  const input = JSON.stringify({ apiVersion: "v1", kind: "List", items });
  await kubectl("--namespace", "elsewhere", "apply", "-f", "-", { input });
}
