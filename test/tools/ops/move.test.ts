import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import type { Deployment } from "../../../tools/lib/kubernetes.ts";
import type { Manifest } from "../../../tools/lib/program/manifests.ts";
import { evaluate } from "../../../tools/lib/program/evaluate.ts";
import { kubectlObjects } from "../../../tools/lib/stack/objects.ts";
import type { Environment } from "../../../tools/lib/stack/environment.ts";
import { rawStack } from "../../../tools/lib/stack/stack-file.ts";
import { noteOfData } from "../../../tools/ops/move/data-bucket.ts";
import { type MoveJobArgs, moveObjects } from "../../../tools/ops/move/job.ts";
import { serverOf } from "../../../tools/ops/move/new-place.ts";
import {
  type Connection,
  egressOf,
  filesOf,
  type Place,
  placesOf,
  type Subject,
  wantedMlflow,
} from "../../../tools/ops/move/places.ts";
import {
  markMoved,
  needMoved,
  stopMlflow,
  withMlflowBack,
} from "../../../tools/ops/move/stand-still.ts";
import type { Pod } from "../../support/references.ts";
import { weaknesses } from "../../support/weaknesses.ts";

const DATABASE = {
  kind: "external",
  host: "db.example.com",
  addresses: ["10.20.0.0/16"],
  port: 6543,
  user: "us",
  password: "p",
};
const STORE = {
  ...{
    kind: "external",
    endpoint: "http://s3.example.com:9443/",
    addresses: ["public"],
    bucket: "team",
  },
  ...{ accessKey: "a", secretKey: "s" },
};
const CLUSTER = { kind: "cloudnative-pg" };
const MINIO = { kind: "minio", size: "50Gi" };

const known = new Map<string, Pick<Deployment, "spec">>();

/** MLflow as the program makes it of these keys. */
async function mlflow(keys: object = {}): Promise<Pick<Deployment, "spec">> {
  const key = JSON.stringify(keys);
  const found =
    known.get(key) ?? wantedMlflow(await evaluate("dev", { ...rawStack("dev"), ...keys }));
  known.set(key, found);
  return structuredClone(found);
}

describe("where MLflow keeps its data", () => {
  const cases: [string, object, string, string][] = [
    ["ours", {}, "postgres:5432/mlflow", "http://object-store-seaweedfs:8333/mlflow"],
    [
      "others",
      { database: DATABASE, objectStore: STORE },
      "db.example.com:6543/mlflow",
      "http://s3.example.com:9443/team",
    ],
    [
      "an operator's",
      { database: CLUSTER },
      "postgres-rw:5432/mlflow",
      "http://object-store-seaweedfs:8333/mlflow",
    ],
  ];
  for (const [whose, keys, database, artifacts] of cases) {
    it(`is read from its pods, where both are ${whose}`, async () => {
      const places = placesOf(await mlflow(keys));
      assert.equal(places.database.address, database);
      assert.equal(places.artifacts.address, artifacts);
      assert.equal(places.database.secret, "postgres-mlflow");
      assert.equal(places.artifacts.secret, "object-store-mlflow");
      assert.equal(String(places.database.port), /:(\d+)\//.exec(database)?.[1]);
      assert.equal(String(places.artifacts.port), /:(\d+)\//.exec(artifacts)?.[1]);
    });
  }

  it("has the port of its scheme, where none is named", async () => {
    const store = (endpoint: string) => mlflow({ objectStore: { ...STORE, endpoint } });
    const port = async (endpoint: string) => placesOf(await store(endpoint)).artifacts.port;
    assert.deepEqual(
      [await port("https://s3.example.com"), await port("http://s3.example.com")],
      [443, 80],
    );
  });
});

describe("a bucket of data", () => {
  const noted = (subject: Subject, secret: string) => {
    const kubectl = () => Promise.resolve({ stdout: secret });
    return noteOfData({ kubectl, namespace: "slipway-dev" } as unknown as Environment, subject);
  };

  it("is said to stay where it is when artifacts move", async () => {
    const secret = "secret/object-store-data\n";
    assert.match((await noted("artifacts", secret)) ?? "", /^NOT moved: the bucket of data/);
    assert.equal(await noted("database", secret), undefined);
    assert.equal(await noted("artifacts", ""), undefined);
  });
});

describe("the server of a new place", () => {
  const named = async (subject: Subject, keys: object) => {
    const { resources } = await evaluate("prod", { ...rawStack("prod"), ...keys });
    return serverOf(subject, resources)
      .map(({ type, name }) => `${type.split(":").at(-1) ?? ""} ${name}`)
      .sort();
  };

  it("is made with its image and its data, and the Service by which the old one is read stays", async () => {
    const made = await named("artifacts", { movedFrom: { objectStore: MINIO } });
    assert.ok(made.includes("StatefulSet object-store-seaweedfs"), made.join("\n"));
    assert.ok(made.includes("Service object-store-seaweedfs"));
    assert.ok(made.includes("Secret object-store-mlflow"));
    assert.ok(made.includes("PersistentVolumeClaim object-store"), "the old data stay");
    assert.deepEqual(
      made.filter((one) => one.startsWith("Image")),
      ["Image seaweedfs", "Image seaweedfs"],
    );
    assert.ok(!made.includes("Service object-store"));
    assert.ok((await named("artifacts", { objectStore: MINIO })).includes("Service object-store"));
    assert.ok(!made.some((one) => one.includes("mlflow-admin") || one.includes("postgres")));
  });

  it("is made without any image of ours, where it is a database", async () => {
    const made = await named("database", {});
    assert.ok(made.includes("StatefulSet postgres"), made.join("\n"));
    assert.ok(!made.some((one) => one.startsWith("Image") || one.includes("object-store")));
  });
});

describe("where the Job of a move is let out to", () => {
  const live = { spec: { egress: [{ to: [{ podSelector: {} }] }] } };
  const environment = (stdout: string) =>
    ({ namespace: "slipway-dev", kubectl: () => Promise.resolve({ stdout }) }) as never;

  it("is where MLflow is now, and where the program would let it out to", async () => {
    const evaluation = await evaluate("dev", { ...rawStack("dev"), database: DATABASE });
    const found = await egressOf(environment(JSON.stringify(live)), evaluation);
    assert.deepEqual(found[0], live.spec.egress[0]);
    assert.deepEqual(found[1], {
      to: [{ ipBlock: { cidr: "10.20.0.0/16" } }],
      ports: [{ protocol: "TCP", port: 6543 }],
    });
    assert.deepEqual((await egressOf(environment(""), evaluation))[0], found[1]);
  });
});

describe("the Job of a move", () => {
  const connection = (place: Place, username: string): Connection => ({
    ...place,
    ...{ username, password: "canary", authority: "" },
  });
  const policy = (host: object): MoveJobArgs["egress"][number] => ({
    to: [host],
    ports: [{ protocol: "TCP", port: 5432 }],
  });
  const egress = [policy({ podSelector: {} }), policy({ ipBlock: { cidr: "10.20.0.0/16" } })];
  async function objects(subject: Subject, openshift = false): Promise<Manifest[]> {
    const live = await mlflow();
    const to = placesOf(await mlflow({ database: DATABASE, objectStore: STORE }))[subject];
    const source = connection(placesOf(live)[subject], "old");
    const args = { subject, source, target: connection(to, "new"), image: "example.com/pg:18.1" };
    const environment = { instance: "slipway-dev", namespace: "slipway-dev" } as Environment;
    const made = moveObjects(environment, {
      ...{ ...args, mlflow: live as Deployment, egress, openshift, overwrite: false },
    });
    return made as Manifest[];
  }

  for (const subject of ["database", "artifacts"] as const) {
    it(`of ${subject} runs as every pod does, and tells no password but in its Secret`, async () => {
      for (const openshift of [false, true]) {
        const made = await objects(subject, openshift);
        const job = made.find(({ kind }) => kind === "Job");
        const { template } = job?.["spec"] as { template: Pod };
        assert.deepEqual(weaknesses(template), []);
        const { runAsUser } = template.spec.securityContext ?? {};
        assert.equal(runAsUser === undefined, openshift);
        const others = made.filter(({ kind }) => kind !== "Secret");
        assert.doesNotMatch(JSON.stringify(others), /canary/);
        assert.match(JSON.stringify(made), /canary/);
      }
    });
  }

  it("reaches what MLflow reaches, now and then, and the old server lets it in", async () => {
    const [out, into] = (await objects("database")).map(({ spec }) => spec as object);
    const ports = [5432, 6543].map((port) => ({ protocol: "TCP", port }));
    const move = { "app.kubernetes.io/name": "move", "app.kubernetes.io/instance": "slipway-dev" };
    assert.deepEqual(out, {
      podSelector: { matchLabels: move },
      policyTypes: ["Ingress", "Egress"],
      ingress: [],
      egress,
    });
    assert.deepEqual((into as { ingress: object[] }).ingress, [
      { from: [{ podSelector: { matchLabels: move } }], ports },
    ]);
  });

  it("names both places as libpq and boto3 take them", async () => {
    const [old, next] = [await mlflow(), await mlflow({ database: DATABASE, objectStore: STORE })];
    const files = (subject: Subject) =>
      filesOf(subject, {
        source: connection(placesOf(old)[subject], "old"),
        target: connection(placesOf(next)[subject], "new"),
      });
    assert.equal(
      files("database")["services.conf"]?.split("\n\n")[1],
      "[target]\nhost=db.example.com\nport=6543\ndbname=mlflow\nuser=new\npassword=canary\nsslmode=require\n",
    );
    assert.match(
      files("database")["services.conf"] ?? "",
      /\nsslmode=verify-full\nsslrootcert=\/run\/secrets\/move\/source\.crt\n\n\[target\]/,
    );
    assert.deepEqual(JSON.parse(files("artifacts")["target.json"] ?? ""), {
      ...{ endpoint: "http://s3.example.com:9443/", region: "us-east-1", bucket: "team" },
      ...{ accessKey: "new", secretKey: "canary" },
    });
  });
});

/** A cluster of which `kubectl` knows as much as these commands ask. */
class PlayedKubectl {
  readonly objects: Manifest[] = [];
  readonly environment: Environment;

  constructor(...objects: Manifest[]) {
    this.objects = objects;
    const kubectl = ((args: string[], options: { input?: string } = {}) => {
      const none = args.includes("configmap/sleep-schedule");
      if (none) return Promise.resolve({ failed: true, stderr: "NotFound", stdout: "" });
      return Promise.resolve({
        ...{ failed: false, stderr: "" },
        stdout: this.#run(args, options.input),
      });
    }) as unknown as Environment["kubectl"];
    this.environment = {
      ...{ stack: "dev", instance: "slipway-dev", namespace: "slipway-dev", shared: false },
      ...{ kubectl, objects: kubectlObjects(kubectl, "slipway-dev") },
    } as unknown as Environment;
  }

  find(kind: string, name: string): Manifest | undefined {
    return this.objects.find((one) => one.kind === kind && one.metadata.name === name);
  }

  #run(args: string[], input = ""): string {
    if (args.includes("apply")) this.#apply(JSON.parse(input) as Manifest);
    if (!args.includes("get")) return "";
    const [what = "", name = ""] = args.slice(args.indexOf("get") + 1);
    if (what.startsWith("namespace/")) return JSON.stringify({ metadata: { annotations: {} } });
    if (!name.startsWith("-")) return JSON.stringify(this.find("Deployment", name) ?? "");
    const items = this.objects.filter((one) => what.startsWith(`${one.kind.toLowerCase()}s`));
    return JSON.stringify({ items });
  }

  /** What another manager owns stays. */
  #apply({ kind, metadata, spec = {} }: Manifest): void {
    const found = this.find(kind, metadata.name);
    if (found === undefined) return;
    const { annotations = {} } = metadata as { annotations?: object };
    found.metadata = { ...found.metadata, ...{ annotations } };
    const after = { ...(found["spec"] as object), ...(spec as object) };
    const { replicas = 0 } = after as { replicas?: number };
    found["spec"] = after;
    found["status"] = { updatedReplicas: replicas, readyReplicas: replicas };
  }
}

describe("a MLflow that stands still for a move", () => {
  let cluster: PlayedKubectl;
  let next: Record<Subject, Place>;
  beforeEach(async () => {
    const deployment = (await mlflow()) as unknown as Manifest;
    const spec = { ...(deployment["spec"] as object), replicas: 1 };
    cluster = new PlayedKubectl(
      { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "mlflow" }, spec },
      {
        ...{ apiVersion: "batch/v1", kind: "CronJob", metadata: { name: "nightly" }, spec: {} },
      },
    );
    next = placesOf(await mlflow({ database: DATABASE }));
  });
  const replicas = () =>
    (cluster.find("Deployment", "mlflow")?.["spec"] as { replicas: number }).replicas;
  const suspended = () =>
    (cluster.find("CronJob", "nightly")?.["spec"] as { suspend?: boolean }).suspend;

  it("is at zero, and trainings that are due wait", async () => {
    await stopMlflow(cluster.environment, false);
    assert.deepEqual([replicas(), suspended()], [0, true]);
  });

  it("is not deployed to a place that nothing was copied to", async () => {
    await assert.rejects(needMoved(cluster.environment, next), {
      message:
        /the database would be left at postgres:5432\/mlflow, as MLflow begins at db\.example\.com:6543\/mlflow: `npm run move -- database --stack dev` .*\n.*--leave-data/,
    });
    await needMoved(cluster.environment, placesOf(await mlflow()));
  });

  it("is deployed to the very place that its data were copied to", async () => {
    await stopMlflow(cluster.environment, false);
    await markMoved(cluster.environment, "database", next.database);
    await needMoved(cluster.environment, next);
    const other = placesOf(await mlflow({ database: { ...DATABASE, host: "db2.example.com" } }));
    await assert.rejects(needMoved(cluster.environment, other), { message: /db2\.example\.com/ });
    const both = placesOf(await mlflow({ database: DATABASE, objectStore: STORE }));
    await assert.rejects(needMoved(cluster.environment, both), {
      message: /- the artifacts would/,
    });
    await markMoved(cluster.environment, "artifacts", both.artifacts);
    await needMoved(cluster.environment, both);
  });

  it("is not deployed to it once it has run since, as the copy is stale then", async () => {
    await stopMlflow(cluster.environment, false);
    await markMoved(cluster.environment, "database", next.database);
    await withMlflowBack(cluster.environment, () => Promise.resolve());
    assert.deepEqual([replicas(), suspended()], [1, false]);
    await assert.rejects(needMoved(cluster.environment, next), { message: /would be left/ });
  });

  it("is scaled up as soon as it has its new place, while the deployment goes on", async () => {
    await stopMlflow(cluster.environment, false);
    await withMlflowBack(cluster.environment, async () => {
      await pause(1500);
      assert.equal(replicas(), 0);
      const found = cluster.find("Deployment", "mlflow");
      const { template } = (await mlflow({ database: DATABASE })).spec;
      Object.assign(found?.["spec"] as object, { template });
      for (let tries = 0; replicas() === 0 && tries < 50; tries++) await pause(100);
      assert.equal(replicas(), 1);
    });
  });

  it("is scaled up after a deployment that failed, too", async () => {
    await stopMlflow(cluster.environment, false);
    const failing = withMlflowBack(cluster.environment, () => Promise.reject(new Error("no")));
    await assert.rejects(failing, { message: "no" });
    assert.equal(replicas(), 1);
  });

  it("is left alone by a deployment where it was not stopped", async () => {
    await withMlflowBack(cluster.environment, () => Promise.resolve());
    assert.equal(cluster.find("Deployment", "mlflow")?.metadata.labels, undefined);
    assert.equal(replicas(), 1);
  });
});
