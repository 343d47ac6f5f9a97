import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { stackLogin } from "../../../../tools/lib/stack/registry-login.ts";
import { findPulumi } from "../../../support/workspace.ts";

const cli = findPulumi([]);
const reason = "missing" in cli ? ` (skipped: ${cli.missing})` : "";

describe(`the login of a stack's registry${reason}`, () => {
  const saved = { ...process.env };
  let folder: string;
  let file: string;

  before(async function () {
    if ("missing" in cli) {
      this.skip();
      return;
    }
    folder = mkdtempSync(join(tmpdir(), "slipway-login-"));
    file = join(folder, "Pulumi.login.yaml");
    process.env["PULUMI_BACKEND_URL"] = `file://${folder}`;
    process.env["PULUMI_CONFIG_PASSPHRASE"] = "right";
    writeFileSync(file, stackYaml("host: quay.io, prefix: team, username: ada"));
    writeFileSync(join(folder, "Pulumi.yaml"), "{ name: slipway, runtime: nodejs }");
    const run = execa({ cwd: folder });
    await run(cli.pulumi, ["stack", "init", "login"]);
    const set = ["config", "set", "--secret", "--path", "slipway:registry.password", "secret"];
    await run(cli.pulumi, set);
  });

  after(() => {
    for (const key of ["PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE"]) {
      if (saved[key] === undefined) Reflect.deleteProperty(process.env, key);
      else process.env[key] = saved[key];
    }
    if (!reason) rmSync(folder, { recursive: true });
  });

  it("is what the stack file holds encrypted", async () => {
    const expected = Buffer.from("ada:secret").toString("base64");
    assert.equal(await stackLogin("login", file), expected);
  });

  it("is none where the stack names none", async () => {
    const plain = join(folder, "Pulumi.plain.yaml");
    writeFileSync(plain, stackYaml("host: europe-west1-docker.pkg.dev, prefix: team"));
    assert.equal(await stackLogin("plain", plain), undefined);
  });

  it("is not read with another passphrase, and the remedy is named", async () => {
    process.env["PULUMI_CONFIG_PASSPHRASE"] = "wrong";
    await assert.rejects(
      stackLogin("login", file),
      /registry cannot be read: PULUMI_CONFIG_PASSPH/,
    );
  });
});

function stackYaml(registry: string): string {
  return `config: { slipway:registry: { ${registry} }, slipway:models: [{ file: iris.yaml }] }\n`;
}
