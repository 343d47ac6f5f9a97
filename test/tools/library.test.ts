import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { ROOT } from "../../tools/lib/paths.ts";
import { plain } from "../../tools/lib/program/evaluate.ts";
import type { Manifest } from "../../tools/lib/program/manifests.ts";
import { at } from "../support/evaluation.ts";
import { Consumer, type Program } from "../support/package.ts";
import { danglingReferences, podsOf } from "../support/references.ts";
import { weaknesses } from "../support/weaknesses.ts";
import { findPulumi } from "../support/workspace.ts";

const EXAMPLES = ["platform", "prediction-api"];

/** Each line but the first two must be refused by the compiler, so that the types say something. */
const TYPED = `
import { PredictionApi, Slipway } from "slipway";
const mlflow = { url: "https://mlflow.example.com", addresses: ["public"], secret: "login" };
// @ts-expect-error unknown key
new Slipway("a", { models: [], colour: "blue" });
// @ts-expect-error kind of a database
new Slipway("a", { models: [], database: { kind: "sqlite" } });
// @ts-expect-error no model
new PredictionApi("a", { namespace: "a", image: "a:1", mlflow });
// @ts-expect-error MLflow without an address
new PredictionApi("a", { namespace: "a", image: "a:1", model: "a", mlflow: { secret: "login" } });
// @ts-expect-error an output is no number
export const url: number = new PredictionApi("a", { namespace: "a", image: "a:1", model: "a", mlflow }).url;
`;

/** A project that leaves the Kubernetes provider as it is. */
const PROJECT = `
name: two
runtime: { name: nodejs, options: { typescript: false, nodeargs: --import tsx } }
main: index.ts
`;

/** Two Slipways, the second with a database of that size. */
const TWO = (size: string) => `
import * as pulumi from "@pulumi/pulumi";
import { Slipway } from "slipway";
const pins = new pulumi.Config("platform").requireObject<Record<string, string>>("images");
const args = { models: [{ file: "wine.yaml" }], pins, wait: false };
new Slipway("ml", args);
new Slipway("fraud", { ...args, database: { size: "${size}" } });
`;

describe("the package that `npm run pack` makes", function () {
  this.timeout(300_000);
  let consumer: Consumer;
  const programs = new Map<string, Program>();

  before(() => {
    consumer = new Consumer();
    for (const name of EXAMPLES) consumer.example(name);
  });
  after(() => {
    consumer.remove();
  });

  const objectsOf = (name: string): Manifest[] => {
    const { resources } = programs.get(name) ?? evaluated(name);
    return resources
      .filter(({ type }) => type.startsWith("kubernetes:"))
      .map(({ inputs }) => plain(inputs) as Manifest);
  };
  const evaluated = (name: string): Program => {
    const file = join(consumer.folder, name, "Pulumi.dev.yaml");
    const { config } = parse(readFileSync(file, "utf8")) as { config: Record<string, unknown> };
    const program = consumer.evaluate(name, config);
    programs.set(name, program);
    return program;
  };

  it("states every package that it imports", () => {
    const files = readdirSync(join(consumer.package, "dist"), {
      recursive: true,
      encoding: "utf8",
    });
    const code = files.filter((file) => file.endsWith(".js"));
    assert.ok(code.includes("components/library.js") && code.includes("tools/check-prediction.js"));
    const imported = code.flatMap((file) => {
      const text = readFileSync(join(consumer.package, "dist", file), "utf8");
      const names = [...text.matchAll(/^(?:import|export) .*from "((?:@[^/"]+\/)?[^./"][^/"]*)/gm)];
      return names.map(([, name = ""]) => name).filter((name) => !name.startsWith("node:"));
    });
    const { dependencies, peerDependencies } = consumer.manifest();
    const stated = Object.keys({ ...dependencies, ...peerDependencies });
    assert.deepEqual([...new Set(imported)].sort(), stated.sort());
  });

  it("is what the examples depend on, with the versions that it is tested with", () => {
    const read = (folder: string) =>
      JSON.parse(readFileSync(join(ROOT, folder, "package.json"), "utf8")) as {
        version: string;
        dependencies: Record<string, string>;
        devDependencies: Record<string, string>;
      };
    const { version, devDependencies } = read("");
    const peers = [...Object.keys(consumer.manifest().peerDependencies), "tsx"];
    const tested = Object.fromEntries(peers.map((name) => [name, devDependencies[name]]));
    for (const name of EXAMPLES) {
      const { dependencies } = read(join("examples", name));
      assert.deepEqual(dependencies, { ...tested, slipway: `file:slipway-${version}.tgz` }, name);
    }
  });

  it("has types that hold, for programs of both module systems", () => {
    consumer.write("typed.ts", TYPED);
    consumer.write("typed.cts", TYPED);
    const compilerOptions = {
      ...{ module: "nodenext", target: "es2023", strict: true, noEmit: true },
      ...{ skipLibCheck: true, types: ["node"] },
    };
    const files = ["typed.ts", "typed.cts", ...EXAMPLES.map((name) => `${name}/index.ts`)];
    consumer.write("tsconfig.json", JSON.stringify({ compilerOptions, files }));
    const { status, output } = consumer.run([process.execPath, "node_modules/typescript/bin/tsc"]);
    assert.equal(status, 0, output);
  });

  it("is taken by a CommonJS program, too", () => {
    const print = 'console.log(typeof require("slipway").Slipway)';
    assert.equal(consumer.run([process.execPath, "-e", print]).stdout, "function\n");
  });

  it("makes the whole platform of examples/platform", () => {
    const objects = objectsOf("platform");
    assert.deepEqual(danglingReferences(objects), []);
    for (const pod of podsOf(objects)) assert.deepEqual(weaknesses(pod), [], pod.owner);
    const elsewhere = objects.filter(({ kind }) => kind !== "Namespace");
    assert.deepEqual([...new Set(elsewhere.map(({ metadata }) => metadata.namespace))], ["ml-dev"]);
    const named = objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    for (const one of ["Deployment/mlflow", "Deployment/wine-model-api", "StatefulSet/prometheus"])
      assert.ok(named.includes(one), one);
    assert.ok(!named.includes("StatefulSet/postgres"), "its database is the team's own");
    const { outputs } = programs.get("platform") ?? { outputs: {} };
    assert.deepEqual(at(outputs, "models"), { "wine-model": "https://wine-model.ml.example.com" });
    assert.equal(at(outputs, "ui"), "https://ml.example.com");
  });

  it("asks each API for a prediction by a program of its own", () => {
    const { resources = [] } = programs.get("platform") ?? {};
    const check = resources.find(({ type }) => type === "command:local:Command");
    assert.equal(
      check?.inputs["create"],
      "node ../node_modules/slipway/dist/tools/check-prediction.js",
    );
    const asked = consumer.run(
      [process.execPath, "node_modules/slipway/dist/tools/check-prediction.js"],
      { env: { PATH: "/nowhere", NAMESPACE: "ml-dev", SERVICE: "wine-model-api", PORT: "8000" } },
    );
    assert.equal(asked.status, 1);
    assert.match(asked.output, /wine-model-api in ml-dev does not answer properly: .*kubectl/);
  });

  it("serves a model of an MLflow that is there, with examples/prediction-api", () => {
    const objects = objectsOf("prediction-api");
    for (const pod of podsOf(objects)) assert.deepEqual(weaknesses(pod), [], pod.owner);
    assert.deepEqual(objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`).sort(), [
      "Deployment/churn-api",
      "HorizontalPodAutoscaler/churn-api",
      "Ingress/churn-api",
      "NetworkPolicy/churn-api",
      "NetworkPolicy/churn-api-endpoint",
      "PodDisruptionBudget/churn-api",
      "Service/churn-api",
    ]);
    assert.equal(at(programs.get("prediction-api"), "outputs.url"), "https://churn.example.com");
  });

  const cli = findPulumi(["kubernetes", "random", "command"]);
  const skipped = "missing" in cli ? ` (skipped: ${cli.missing})` : "";
  /** Runs the CLI in a program's folder, with a state of its own; no cluster is asked, as objects become files. */
  const engine = (cwd: string) => {
    assert.ok(!("missing" in cli));
    const env = {
      PULUMI_BACKEND_URL: `file://${consumer.folder}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
    };
    const pulumi = (...args: string[]) =>
      consumer.run([cli.pulumi, ...args, "--non-interactive"], { cwd, env });
    pulumi("stack", "init", "dev");
    pulumi("config", "set", "-s", "dev", "kubernetes:renderYamlToDirectory", "rendered");
    return pulumi;
  };

  for (const [name, least] of [["platform", 60] as const, ["prediction-api", 9] as const]) {
    it(`is previewed by the real engine in examples/${name}${skipped}`, function () {
      if ("missing" in cli) {
        this.skip();
        return;
      }
      const { status, output, stdout } = engine(name)("preview", "-s", "dev", "--json");
      assert.equal(status, 0, output);
      const { changeSummary } = JSON.parse(stdout) as { changeSummary: Record<string, number> };
      assert.deepEqual(Object.keys(changeSummary), ["create"]);
      assert.ok((changeSummary["create"] ?? 0) >= least, stdout.slice(-500));
    });
  }

  it(`is there twice in one program, and each keeps its own data${skipped}`, function () {
    if ("missing" in cli) {
      this.skip();
      return;
    }
    consumer.example("platform", "two");
    consumer.write("two/Pulumi.yaml", PROJECT);
    consumer.write("two/index.ts", TWO("5Gi"));
    const pulumi = engine("two");
    const first = pulumi("up", "-s", "dev", "--yes", "--skip-preview");
    assert.equal(first.status, 0, first.output);
    assert.match(first.output, /kubernetes:enableSecretMutable .*should be true in Pulumi.yaml/);

    consumer.write("two/index.ts", TWO("4Gi"));
    const { status, output } = pulumi("preview", "-s", "dev");
    assert.notEqual(status, 0);
    assert.match(output, /hook "no-data-is-lost-of-fraud" failed: this edit would lose data/);
    assert.match(output, /postgres-data \(5Gi.* cannot shrink to 4Gi/);
    assert.doesNotMatch(output, /no-data-is-lost-of-ml/);
  });
});
