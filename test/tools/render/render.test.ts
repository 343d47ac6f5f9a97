import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { ROOT } from "../../../tools/lib/paths.ts";
import {
  type Manifest,
  type Rendering,
  publicName,
  renderStack,
} from "../../../tools/lib/program/manifests.ts";
import { rawStack } from "../../../tools/lib/stack/stack-file.ts";
import { fileName, writeRendering } from "../../../tools/lib/program/write.ts";
import { stack } from "../../support/evaluation.ts";

const CANARY = "canary-7f3a";

describe("render", () => {
  let folder: string;
  let rendering: Rendering;
  before(async () => {
    rendering = await renderStack("sandbox");
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-render-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const texts = () =>
    Object.fromEntries(
      readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]),
    );

  it("writes one file per object and a kustomization of all of them", async () => {
    const names = await writeRendering(folder, rendering);
    assert.deepEqual(
      new Set(readdirSync(folder)),
      new Set([...names, "kustomization.yaml", "secrets.json", "images.json"]),
    );
    assert.deepEqual(
      (parse(texts()["kustomization.yaml"] ?? "") as { resources: string[] }).resources,
      names,
    );
    for (const name of names) assert.equal(fileName(parse(texts()[name] ?? "") as Manifest), name);
  });

  it("describes exactly what the program does, but for Secrets", async () => {
    const described = await stack("sandbox");
    const name = ({ kind, metadata }: Manifest) => `${kind}/${metadata.name}`;
    const expected = described.objects.filter(({ kind }) => kind !== "Secret");
    assert.deepEqual(rendering.manifests.map(name).sort(), expected.map(name).sort());
    assert.deepEqual(
      rendering.secrets.templates.map((secret) => secret.name),
      described
        .kind("Secret")
        .map(({ metadata }) => metadata.name)
        .sort(),
    );
  });

  it("writes the same bytes every time", async () => {
    await writeRendering(folder, rendering);
    const first = texts();
    await writeRendering(folder, await renderStack("sandbox"));
    assert.deepEqual(texts(), first);
  });

  it("quotes what a reader of YAML 1.1, such as kubectl, takes for something else", async () => {
    // MinIO has no bucket for predictions.
    const minio = { objectStore: { kind: "minio" }, models: [{ file: "iris.yaml" }] };
    await writeRendering(
      folder,
      await renderStack("sandbox", { ...rawStack("sandbox"), ...minio }),
    );
    const store = texts()["statefulset-object-store.yaml"] ?? "";
    assert.deepEqual(parse(store, { version: "1.1" }), parse(store));
    assert.match(store, /value: "off"/);
  });

  it("puts first what others need", () => {
    const kinds = rendering.manifests.map(({ kind }) => kind);
    assert.equal(kinds[0], "Namespace");
    assert.ok(kinds.lastIndexOf("Service") < kinds.indexOf("Deployment"));
    assert.ok(kinds.lastIndexOf("NetworkPolicy") < kinds.indexOf("Deployment"));
  });

  it("writes no Secret, but how to make each", async () => {
    const names = await writeRendering(folder, rendering);
    assert.ok(!names.some((name) => name.startsWith("secret-")));
    assert.deepEqual(rendering.secrets.passwords["mlflow-admin"], { length: 32, special: false });
    const template = rendering.secrets.templates.find(({ name }) => name === "mlflow-admin");
    assert.deepEqual(template?.stringData, { username: "admin", password: "{{mlflow-admin}}" });
  });

  it("names the public keys of models by the password that they belong to, as it knows none", () => {
    const template = rendering.secrets.templates.find(
      ({ name }) => name === "model-signing-public",
    );
    assert.deepEqual(template?.stringData, { keys: "{{model-signing-1.public}}" });
    assert.deepEqual(rendering.secrets.passwords["model-signing-1"], {
      length: 43,
      special: false,
    });
  });

  it("covers every placeholder of a Secret with a rule or a configuration value", async () => {
    const config = {
      ...rawStack("prod"),
      registry: {
        host: "registry.example.com",
        prefix: "team",
        username: "robot",
        password: "{{registry.password}}",
      },
    };
    const { secrets } = await renderStack("prod", config);
    const used = secrets.templates.flatMap(
      ({ stringData }) =>
        Object.values(stringData)
          .join(" ")
          .match(/\{\{[\w.-]+\}\}/g) ?? [],
    );
    const passwords = Object.keys(secrets.passwords);
    const known = [...passwords, ...passwords.map(publicName), ...secrets.configuration].map(
      (name) => `{{${name}}}`,
    );
    assert.deepEqual(
      used.filter((placeholder) => !known.includes(placeholder)),
      [],
    );
    assert.deepEqual(secrets.configuration, ["registry.password"]);
  });

  it("writes no secret value into any file", async () => {
    const config = {
      ...rawStack("prod"),
      registry: {
        host: "registry.example.com",
        prefix: "team",
        username: "robot",
        password: CANARY,
      },
      database: {
        kind: "external",
        host: "db.example.com",
        addresses: ["10.20.0.0/16"],
        password: CANARY,
      },
    };
    const { manifests, images } = await renderStack("prod", config);
    assert.doesNotMatch(JSON.stringify({ manifests, images }), /canary/);
  });

  it("lists the images to build where there is no registry", () => {
    assert.deepEqual(
      rendering.images.map(({ name, context }) => [name, context]),
      [
        ["mlflow", "images/mlflow"],
        ["seaweedfs", "images/seaweedfs"],
        ["serving", "serving"],
        ["training", "training"],
        ["ui", "ui"],
      ],
    );
    for (const { name, reference } of rendering.images) {
      assert.match(reference, new RegExp(`^slipway\\.local/${name}:[0-9a-f]{7}`));
    }
  });

  it("names only images that are listed or of others", () => {
    const listed = rendering.images.map(({ reference }) => reference);
    const text = JSON.stringify(rendering.manifests);
    for (const [, image = ""] of text.matchAll(/"image":"(slipway\.local[^"]+)"/g))
      assert.ok(listed.includes(image), image);
  });

  it("gives Argo CD the serving objects alone", async () => {
    const argocd = { repository: "https://git.example.com/team/slipway.git" };
    const { manifests, secrets } = await renderStack("staging", {
      ...rawStack("staging"),
      delivery: "argocd",
      argocd,
    });
    const kinds = new Set(manifests.map(({ kind }) => kind));
    assert.deepEqual([...kinds].sort(), [
      "Deployment",
      "HTTPRoute",
      "HorizontalPodAutoscaler",
      "NetworkPolicy",
      "PodDisruptionBudget",
      "Service",
    ]);
    assert.deepEqual(secrets.templates, []);
    const names = new Set(manifests.map(({ metadata }) => metadata.name.replace(/-endpoint$/, "")));
    assert.deepEqual([...names].sort(), [
      "diabetes-model-api",
      "iris-model-api",
      "titanic-model-api",
      "ui",
    ]);
  });

  it("leaves to Argo CD exactly what `up` then does not describe", async () => {
    const argocd = { repository: "https://git.example.com/team/slipway.git" };
    const batch = [{ name: "nightly", source: "s3://shop/*.csv", schedule: "0 3 * * *" }];
    const models = [{ file: "diabetes.yaml", capture: {}, batch }];
    const loop = { models };
    const override = { delivery: "argocd", argocd, ...loop };
    const name = ({ kind, metadata }: Manifest) => `${kind}/${metadata.name}`;
    const whole = (await stack("staging", loop)).objects.map(name);
    const kept = (await stack("staging", override)).objects.map(name);
    const { manifests } = await renderStack("staging", { ...rawStack("staging"), ...override });
    assert.ok(kept.includes("CronJob/diabetes-model-batch-nightly"));
    assert.deepEqual(manifests.map(name).sort(), whole.filter((one) => !kept.includes(one)).sort());
  });

  it("removes files of an earlier rendering", async () => {
    await writeRendering(folder, rendering);
    const fewer = rendering.manifests.filter(({ kind }) => kind !== "Job");
    await writeRendering(folder, { ...rendering, manifests: fewer });
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith("job-")),
      [],
    );
  });

  it("touches no folder that holds anything else", async () => {
    writeFileSync(join(folder, "thesis.txt"), "years of work");
    await assert.rejects(
      writeRendering(folder, rendering),
      /holds files that 'render' did not write: name an empty/,
    );
    assert.deepEqual(readdirSync(folder), ["thesis.txt"]);
  });

  describe("on the command line", () => {
    const run = (...args: string[]) =>
      execFileSync(process.execPath, ["--import", "tsx", "tools/render/index.ts", ...args], {
        cwd: ROOT,
        encoding: "utf8",
        stdio: "pipe",
      });

    it("says what it wrote", () => {
      assert.match(
        run("--stack", "sandbox", "--out", folder),
        /^\d+ objects in .*; secrets\.json lists \d+ Secrets to create first, images\.json 5 images\n$/,
      );
    });

    it("names what the program refuses, without a stack trace", () => {
      const file = join(folder, "Pulumi.bad.yaml");
      writeFileSync(file, "config:\n  slipway:colour: red\n");
      assert.throws(
        () => run("--stack", "sandbox", "--out", folder, "--config-file", file),
        (error: Error & { stderr: string; status: number }) => {
          assert.match(error.stderr, /slipway:colour: unknown key; known are/);
          assert.doesNotMatch(error.stderr, /\n +at /);
          assert.equal(error.status, 2);
          return true;
        },
      );
    });

    it("names a stack that does not exist, without a stack trace", () => {
      assert.throws(
        () => run("--stack", "nowhere", "--out", folder),
        (error: Error & { stderr: string }) => {
          assert.equal(
            error.stderr,
            "Pulumi.nowhere.yaml cannot be read: add the file, or name another stack\n",
          );
          return true;
        },
      );
    });
  });
});
