import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../../../../tools/lib/paths.ts";
import { readStack, readStackKey } from "../../../../tools/lib/stack/read-stack.ts";
import { editStackFile, rawStack, saltOf } from "../../../../tools/lib/stack/stack-file.ts";

const LEAST = `# what a team wrote
encryptionsalt: v1:abc
config:
  kubernetes:context: minikube
  slipway:registry:
    host: quay.io
    prefix: team/slipway
    username: robot
    password:
      secure: v1:xyz
  slipway:models:
    - file: iris.yaml
`;

describe("a tool's view of a stack", () => {
  let folder: string;
  let file: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "stack-"));
    file = join(folder, "Pulumi.team.yaml");
    writeFileSync(file, LEAST);
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it("has the program's defaults", () => {
    const stack = readStack("team", file);
    assert.equal(stack.delivery, "pulumi");
    assert.equal(stack.protect, false);
    assert.deepEqual(stack.models[0]?.replicas, { min: 2, max: 10, cpuPercent: 50 });
  });

  it("shows the path of an encrypted value, never the value", () => {
    const { registry } = rawStack("team", file) as { registry: { password: string } };
    assert.equal(registry.password, "{{registry.password}}");
  });

  it("has the program's errors, all at once", () => {
    writeFileSync(file, `${LEAST}  slipway:delivery: carrier-pigeon\n  slipway:replica: 3\n`);
    assert.throws(
      () => readStack("team", file),
      /2 problem\(s\)[^]*slipway:delivery[^]*slipway:replica: unknown key/,
    );
  });

  it("reads one key of a file whose others another version wrote", () => {
    writeFileSync(file, `${LEAST}  slipway:ofAnotherVersion: 1\n  slipway:pins: {ui: "r:t"}\n`);
    assert.deepEqual(readStackKey("pins", file), { ui: "r:t" });
    writeFileSync(file, `${LEAST}  slipway:pins: 7\n`);
    assert.throws(() => readStackKey("pins", file), /Pulumi\.team\.yaml: slipway:pins: /);
  });

  it("keeps comments, salt and all other keys of a file that it edits", () => {
    editStackFile(file, { "slipway:protect": true });
    const edited = readFileSync(file, "utf8");
    assert.ok(edited.startsWith("# what a team wrote\n"), edited);
    assert.equal(saltOf(file), "v1:abc");
    assert.deepEqual(rawStack("team", file), {
      ...rawStack("team", write(LEAST)),
      protect: true,
    });
  });

  it("sets a key below another and keeps what is beside it", () => {
    const images = "  slipway:images:\n    # ours\n    mlflow: m:1\n";
    const other = write(LEAST + images);
    editStackFile(other, { "slipway:images.mlflow": "m:1@d", "slipway:images.postgres": "p:2" });
    assert.deepEqual(rawStack("team", other)["images"], { mlflow: "m:1@d", postgres: "p:2" });
    assert.match(readFileSync(other, "utf8"), /# ours/);
    editStackFile(write(LEAST), { "slipway:images.postgres": "p:2" });
    assert.deepEqual(rawStack("team", other)["images"], { postgres: "p:2" });
  });

  function write(text: string): string {
    const other = join(folder, "Pulumi.other.yaml");
    writeFileSync(other, text);
    return other;
  }
});

describe("no tool", () => {
  const sources = readdirSync(join(ROOT, "tools"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => ({ name, text: readFileSync(join(ROOT, "tools", name), "utf8") }));

  it("parses a stack file but tools/lib/stack/stack-file.ts", () => {
    const readers = sources
      .filter(
        ({ text }) => text.includes('from "yaml"') && /Pulumi\.\$|stackFile|configFile/i.test(text),
      )
      .map(({ name }) => name);
    assert.deepEqual(readers, ["lib/stack/stack-file.ts"]);
  });

  it("looks at settings that the program has not checked, but to hand them to the program", () => {
    const raw = sources
      .filter(({ text }) => text.includes("rawStack("))
      .map(({ name }) => name)
      .sort();
    assert.deepEqual(raw, [
      "bench/evaluate-once.ts",
      "gitops/index.ts",
      "lib/program/evaluate.ts",
      "lib/program/manifests.ts",
      "lib/stack/read-stack.ts",
      "lib/stack/stack-file.ts",
      "render/index.ts",
    ]);
  });
});
