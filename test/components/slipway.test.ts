import assert from "node:assert/strict";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { Slipway, type SlipwayArgs } from "../../components/slipway.ts";
import { plain } from "../../tools/lib/program/evaluate.ts";
import { ROOT } from "../../tools/lib/paths.ts";
import { type Described, at, components } from "../support/evaluation.ts";
import { danglingReferences } from "../support/references.ts";

const image = (name: string) =>
  `registry.example.com/team/${name}:1a2b3c4@sha256:${"ab".repeat(32)}`;
const PINS = Object.fromEntries(
  ["training", "serving", "ui", "mlflow", "seaweedfs"].map((name) => [name, image(name)]),
);
const ARGS: SlipwayArgs = {
  modelFolder: join(ROOT, "examples/platform/models"),
  models: [{ file: "wine.yaml" }],
  pins: PINS,
};

function evaluate(args: Partial<SlipwayArgs> = {}, name = "ml"): Promise<Described> {
  return components(() => {
    const { outputs } = new Slipway(name, { ...ARGS, ...args });
    return { ...outputs };
  });
}

/** What a Slipway says of its arguments, line by line. */
async function problems(args: Partial<SlipwayArgs>, name?: string): Promise<string[]> {
  try {
    await evaluate(args, name);
  } catch (error) {
    assert.ok(pulumi.RunError.isInstance(error), String(error));
    return error.message.split("\n");
  }
  return [];
}

describe("Slipway", () => {
  it("lives in the namespace of its name and the stack's, with everything below itself", async () => {
    const { objects, resources, outputs } = await evaluate();
    assert.equal(outputs["namespace"], "ml-test");
    const elsewhere = objects.filter(({ kind }) => kind !== "Namespace");
    assert.deepEqual(
      [...new Set(elsewhere.map(({ metadata }) => metadata.namespace))],
      ["ml-test"],
    );
    const roots = resources.filter(({ parents }) => parents.length === 0);
    assert.deepEqual(
      roots.map(({ type, name }) => `${type} ${name}`),
      ["slipway:platform/ml:Slipway ml"],
    );
    assert.deepEqual(danglingReferences(objects), []);
  });

  it("claims nothing in a state that has the same parts outside of it", async () => {
    const { resources } = await evaluate();
    const { urns } = resources.find(({ type }) => type === "slipway:data:Postgres") ?? {};
    assert.deepEqual(urns, ["slipway:platform/ml:Slipway$slipway:data:Postgres::postgres"]);
  });

  it("lives beside another one, with the same objects in another namespace", async () => {
    const { objects, resources } = await components(() => {
      new Slipway("ml", ARGS);
      new Slipway("fraud", { ...ARGS, database: { size: "8Gi" } });
      return {};
    });
    const names = resources.map(({ urns: [own = ""] }) => own);
    assert.equal(new Set(names).size, names.length, "an engine takes each name once");
    const named = (instance: string) =>
      objects
        .filter(
          ({ metadata }) => metadata.labels?.["app.kubernetes.io/instance"] === `${instance}-test`,
        )
        .map(({ kind, metadata }) => `${kind}/${metadata.name.replaceAll(`${instance}-test`, "…")}`)
        .sort();
    assert.ok(named("ml").length > 50);
    assert.equal(2 * named("ml").length, objects.length);
    assert.deepEqual(named("fraud"), named("ml"));
    const records = resources.filter(({ type }) => type === "pulumi:index:Stash");
    const sizes = records.map(({ inputs }) => at(plain(inputs), "input.postgres-data.size"));
    assert.deepEqual(sizes.sort(), ["5Gi", "8Gi"]);
  });

  it("takes values that other resources give, and keeps secrets secret", async () => {
    const described = await evaluateExternal();
    const { resources, outputs } = described;
    const env = at(described.object("Deployment", "mlflow"), "spec.template.spec.containers.0");
    assert.match(JSON.stringify(env), /"name":"PGHOST","value":"db.example.com"/);
    assert.match(JSON.stringify(env), /"s3:\/\/models\/artifacts"/);
    const holders = resources.filter(({ inputs }) => JSON.stringify(inputs).includes("canary"));
    assert.deepEqual([...new Set(holders.map(({ type }) => type))], ["kubernetes:core/v1:Secret"]);
    assert.doesNotMatch(JSON.stringify(outputs), /canary/);
  });

  it("needs no image of a store where the store is somebody else's", async () => {
    const { outputs } = await evaluateExternal();
    assert.deepEqual(Object.keys(outputs["images"] as object).sort(), [
      ...["mlflow", "serving", "training", "ui"],
    ]);
  });

  it("names every image that is missing, as nothing here builds one", async () => {
    const { seaweedfs, serving, ...others } = PINS;
    assert.ok(seaweedfs !== undefined && serving !== undefined);
    const [head, ...lines] = await problems({ pins: others });
    assert.equal(
      head,
      'new Slipway("ml") has 2 problem(s) in its arguments; docs/configuration.md lists each.',
    );
    assert.equal(lines.length, 2);
    assert.match(
      lines[0] ?? "",
      /^ {2}pins\.serving: is missing: .*pulumi stack output pins.*'checkout'/,
    );
    assert.match(lines[1] ?? "", /^ {2}pins\.seaweedfs: /);
  });

  it("builds them from a clone, where one is given", async () => {
    const registry = { host: "registry.example.com", prefix: "team" };
    const { resources } = await evaluate({ checkout: ROOT, pins: {}, registry });
    const built = resources.filter(({ type }) => type === "docker:index/image:Image");
    const contexts = built.map(({ name, inputs }) => [name, at(plain(inputs), "build.context")]);
    assert.deepEqual(Object.fromEntries(contexts), {
      ...{ training: "training", serving: "serving", ui: "ui" },
      ...{ mlflow: "images/mlflow", seaweedfs: "images/seaweedfs" },
    });
  });

  it("names every argument that is wrong at once, by its path", async () => {
    const lines = await problems({
      modelFolder: "models",
      database: { size: "4k" },
      endpoint: { kind: "ingress" },
      delivery: "argocd",
      argocd: { repository: "https://git.example.com/team/slipway.git" },
    });
    const paths = lines.slice(1).map((line) => line.trim().split(": ")[0]);
    assert.deepEqual(paths.sort(), ["database.size", "delivery", "endpoint.host", "models.0.file"]);
    assert.match(lines.join("\n"), /'models\/wine.yaml' cannot be read: add the file/);
  });

  it("refuses a name that no namespace can have", async () => {
    const lines = await problems({}, "Team_A");
    assert.match(lines[1] ?? "", /^ {2}stack: 'test' names the environment Team_A-test/);
  });

  it("takes an argument that is undefined for one that is not stated", async () => {
    const { outputs } = await evaluate({
      namespace: "team-a",
      quota: undefined,
    });
    assert.equal(outputs["namespace"], "team-a");
  });
});

function evaluateExternal() {
  const { seaweedfs, ...pins } = PINS;
  assert.ok(seaweedfs);
  return evaluate({
    pins,
    database: {
      kind: "external",
      host: pulumi.output("db.example.com"),
      addresses: ["10.20.0.0/16"],
      password: pulumi.secret("canary-1"),
    },
    objectStore: {
      kind: "external",
      endpoint: "https://s3.example.com",
      addresses: ["public"],
      bucket: pulumi.output("models"),
      accessKey: pulumi.output("ours"),
      secretKey: pulumi.secret("canary-2"),
    },
  });
}
