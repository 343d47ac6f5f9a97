import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { publicKeyOf } from "../../components/lib/model-keys.ts";
import { ModelSigning, type ModelSigningArgs } from "../../components/model-signing.ts";
import { PredictionApi } from "../../components/prediction-api.ts";
import { TrainingJob } from "../../components/training-job.ts";
import type { Manifest } from "../../tools/lib/program/manifests.ts";
import { ROOT } from "../../tools/lib/paths.ts";
import {
  type Described,
  at,
  components,
  environment,
  refuses,
  stack,
  testImage,
  testNamespace,
} from "../support/evaluation.ts";
import { RESOURCES, testPlatform } from "../support/platform.ts";
import { podsOf } from "../support/references.ts";

const MODEL = { name: "iris-model", file: "iris.yaml", content: "name: iris-model\n" };
const LOST = `${"A".repeat(43)}=`;
/** Public keys of what an evaluation generates. */
const [first, second] = [1, 2].map((number) => publicKeyOf(`{{model-signing-${number}}}`));
const trained = JSON.stringify({ secretKeyRef: { key: "keys", name: "model-signing-public" } });

function evaluate(settings?: ModelSigningArgs["settings"], protect = false): Promise<Described> {
  return components(() => {
    const platform = testPlatform(testNamespace({ protect }));
    const { namespace } = platform;
    const signing = new ModelSigning("model-signing", {
      namespace,
      ...(settings && { settings }),
    });
    const common = { ...platform, resources: RESOURCES, signing };
    const { job } = new TrainingJob("iris-model-training", {
      ...common,
      image: testImage("training"),
      model: MODEL,
    });
    new PredictionApi("iris-model-api", {
      ...common,
      image: testImage("serving"),
      model: "iris-model",
    });
    return { job, keys: signing.list };
  });
}

const data = (described: Described, secret: string) =>
  at(described.object("Secret", secret), "stringData") as Record<string, unknown>;

function job({ objects, outputs }: Described): Manifest {
  const found = objects.find(({ metadata }) => metadata.name === outputs["job"]);
  assert.ok(found);
  return found;
}

const checksums = (described: Described) =>
  [job(described), described.object("Deployment", "iris-model-api")].map((workload) =>
    JSON.stringify(at(workload, "spec.template.metadata.annotations")),
  );

describe("ModelSigning", () => {
  let described: Described;
  before(async () => {
    described = await evaluate();
  });

  it("gives trainings what signs as a file, and the public keys", () => {
    assert.deepEqual(data(described, "model-signing"), {
      key: "{{model-signing-1}}",
      unsigned: "",
    });
    const variables = environment(job(described));
    assert.equal(variables["SLIPWAY_SIGNING_KEY_FILE"], "/run/secrets/signing/key");
    assert.equal(variables["MODEL_PUBLIC_KEYS"], trained);
    const pod = at(job(described), "spec.template.spec");
    const volumes = at(pod, "volumes") as { name: string }[];
    assert.deepEqual(
      volumes.find(({ name }) => name === "signing"),
      {
        name: "signing",
        secret: { secretName: "model-signing", items: [{ key: "key", path: "key" }] },
      },
    );
    const mounts = at(pod, "containers.0.volumeMounts") as object[];
    assert.deepEqual(mounts.at(-1), {
      ...{ name: "signing", mountPath: "/run/secrets/signing", readOnly: true },
    });
  });

  it("gives prediction APIs the public keys alone", () => {
    assert.deepEqual(data(described, "model-signing-public"), { keys: first });
    const api = described.object("Deployment", "iris-model-api");
    assert.equal(environment(api)["MODEL_PUBLIC_KEYS"], trained);
    assert.doesNotMatch(JSON.stringify(api), /"model-signing"|run\/secrets\/signing/);
  });

  it("has training sign by the public key that it says", function () {
    const folder = mkdtempSync(join(tmpdir(), "slipway-key-"));
    const python = process.env["SLIPWAY_PYTHON"] ?? join(ROOT, "training/.venv/bin/python");
    try {
      writeFileSync(join(folder, "key"), "0123456789".repeat(4));
      const script = `from training.signing import read_signer; print(read_signer({"SLIPWAY_SIGNING_KEY_FILE": "${folder}/key"}).public)`;
      const said = execFileSync(python, ["-c", script], {
        env: { ...process.env, PYTHONPATH: join(ROOT, "training/src") },
        encoding: "utf8",
      });
      assert.equal(said.trim(), publicKeyOf("0123456789".repeat(4)));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("trusts several keys during a rotation, and signs with the last", async () => {
    const both = await evaluate({ keys: [1, 2], trusted: [LOST] });
    assert.deepEqual(both.outputs["keys"], [second, first, LOST]);
    assert.equal(data(both, "model-signing")["key"], "{{model-signing-2}}");
    assert.deepEqual(data(both, "model-signing-public"), { keys: `${second} ${first} ${LOST}` });
    const back = await evaluate({ keys: [2, 1] });
    assert.equal(data(back, "model-signing")["key"], "{{model-signing-1}}");
  });

  it("keeps a key that is no longer trusted, and tells nobody to trust it", async () => {
    const after = await evaluate({ keys: [2] }, true);
    assert.deepEqual(after.outputs["keys"], [second]);
    for (const number of [1, 2]) {
      const { options } = after.resource(":RandomPassword", `model-signing-${number}`);
      assert.ok(options.protect && options.retainOnDelete);
    }
  });

  it("runs trainings and prediction APIs again for other keys, and for nothing else", async () => {
    const same = await evaluate({ keys: [1] });
    assert.deepEqual(checksums(same), checksums(described));
    assert.equal(same.outputs["job"], described.outputs["job"]);
    const rotated = checksums(await evaluate({ keys: [1, 2] }));
    const before = checksums(described);
    assert.notEqual(rotated[0], before[0]);
    assert.notEqual(rotated[1], before[1]);
  });

  it("has what stands signed where a stack says so, which no prediction API restarts for", async () => {
    const once = await evaluate({ unsigned: "sign" });
    assert.equal(data(once, "model-signing")["unsigned"], "1");
    assert.equal(
      environment(job(described))["SLIPWAY_SIGN_UNSIGNED"],
      JSON.stringify({ secretKeyRef: { key: "unsigned", name: "model-signing" } }),
    );
    const [training, api] = checksums(once);
    const before = checksums(described);
    assert.notEqual(training, before[0]);
    assert.equal(api, before[1]);
  });

  it("refuses a text that is no public key, and a list without a key", async () => {
    const make = (settings: ModelSigningArgs["settings"]) => () =>
      new ModelSigning("model-signing", { namespace: "team-a", ...(settings && { settings }) });
    await refuses(
      make({ trusted: ["abc"] }),
      /^'settings.trusted.0' is no public key: write the 44 characters .* \("abc"\)$/,
    );
    await refuses(make({ keys: [] }), /'settings.keys' names no key, .*: write \[1\]/);
  });
});

describe("a stack's signatures", () => {
  it("let nobody but trainings have what signs", async () => {
    const { objects, outputs } = await stack("prod");
    const holders = podsOf(objects)
      .filter(({ spec }) => JSON.stringify(spec).includes('"model-signing"'))
      .map(({ owner }) => owner.replace(/-[0-9a-f]{8}$/, ""));
    assert.deepEqual([...new Set(holders)].sort(), [
      "Job/diabetes-model-training",
      "Job/iris-model-training",
      "Job/titanic-model-training",
    ]);
    assert.deepEqual(outputs["modelKeys"], [first]);
  });

  it("are asked for by each prediction API, and by the drill of its backup", async () => {
    const { objects } = await stack("prod");
    const asking = podsOf(objects)
      .filter(({ spec }) => JSON.stringify(spec).includes("model-signing-public"))
      .map(({ owner }) => owner.replace(/-[0-9a-f]{8}$/, ""));
    assert.deepEqual([...new Set(asking)].sort(), [
      "CronJob/restore-drill",
      "Deployment/diabetes-model-api",
      "Deployment/iris-model-api",
      "Deployment/titanic-model-api",
      "Job/diabetes-model-training",
      "Job/iris-model-training",
      "Job/titanic-model-training",
    ]);
  });

  it("are the stack's own to rotate", async () => {
    const { outputs } = await stack("dev", { signing: { keys: [1, 2], trusted: [LOST] } });
    assert.deepEqual(outputs["modelKeys"], [second, first, LOST]);
  });
});
