import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, relative } from "node:path";
import {
  SecretsFileError,
  openSecrets,
  sealedSecrets,
  withSecrets,
} from "../../components/config/secrets-file.ts";
import { ROOT } from "../../tools/lib/paths.ts";
import { rawStack } from "../../tools/lib/stack/stack-file.ts";
import { readStack } from "../../tools/lib/stack/read-stack.ts";
import { problems } from "../support/config.ts";

const SEALED = `database:
    password: ENC[AES256_GCM,data:abc,iv:def,tag:ghi,type:str]
monitoring:
    alerts:
        receivers:
            - url: ENC[AES256_GCM,data:abc,iv:def,tag:ghi,type:str]
sops:
    version: 3.13.2
`;

describe("a file of secrets", () => {
  let folder: string;
  const { PATH } = process.env;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-secrets-"));
  });
  afterEach(() => {
    process.env["PATH"] = PATH;
    rmSync(folder, { recursive: true });
  });
  const write = (text: string, name = "secrets.yaml") => {
    const file = join(folder, name);
    writeFileSync(file, text);
    return file;
  };
  /** A `sops` of ours that notes how it was called. */
  const play = (script: string) => {
    const program = write(`#!/bin/sh\necho "$@" > ${folder}/called\n${script}\n`, "sops");
    chmodSync(program, 0o755);
    process.env["PATH"] = `${folder}${delimiter}${PATH ?? ""}`;
  };

  it("is decrypted by sops, and nothing of it is kept", () => {
    play(`echo '{"database":{"password":"hunter2"}}'`);
    const file = write(SEALED);
    assert.deepEqual(openSecrets(file), { database: { password: "hunter2" } });
    const called = readFileSync(join(folder, "called"), "utf8").trim();
    assert.equal(called, `--decrypt --output-type json ${file}`);
  });

  it("names its keys without being decrypted, so that a pull request needs no key", () => {
    assert.deepEqual(sealedSecrets(write(SEALED)), {
      database: { password: "{{database.password}}" },
      monitoring: { alerts: { receivers: [{ url: "{{monitoring.alerts.receivers.0.url}}" }] } },
    });
  });

  it("is put together with the stack file, lists entry by entry", () => {
    const keys = {
      database: { kind: "external", host: "db" },
      monitoring: { alerts: { receivers: [{ kind: "slack" }, { kind: "email" }] } },
    };
    const secrets = {
      database: { password: "p" },
      monitoring: { alerts: { receivers: [{ url: "u" }] } },
      registry: { password: "r" },
    };
    assert.deepEqual(withSecrets(keys, secrets), {
      database: { kind: "external", host: "db", password: "p" },
      monitoring: { alerts: { receivers: [{ kind: "slack", url: "u" }, { kind: "email" }] } },
      registry: { password: "r" },
    });
  });

  it("says what is wrong with it, and what to do", () => {
    const said = (work: () => unknown) => {
      try {
        work();
      } catch (error) {
        assert.ok(error instanceof SecretsFileError);
        return error.message;
      }
      return "nothing";
    };
    const both = { database: { password: "p" } };
    assert.equal(
      said(() => withSecrets(both, both)),
      "and the stack file both say 'database.password': remove it from one of them",
    );
    assert.match(
      said(() => openSecrets(join(folder, "none.yaml"))),
      /^cannot be read: .*ENOENT.*; add the file, or remove the key$/,
    );
    const plain = write("database:\n  password: hunter2\n", "plain.yaml");
    assert.match(
      said(() => openSecrets(plain)),
      /plain\.yaml\) is not encrypted: 'sops encrypt --in-place .*plain\.yaml' does it/,
    );
    assert.match(
      said(() => sealedSecrets(plain)),
      /is not encrypted/,
    );
    assert.match(
      said(() => openSecrets(write("a: [", "bad.yaml"))),
      /is no valid YAML/,
    );
    const file = write(SEALED);
    process.env["PATH"] = folder;
    assert.match(
      said(() => openSecrets(file)),
      /^is decrypted by 'sops', which is not on the PATH: install it \(getsops\.io\)/,
    );
    play("echo 'Failed to get the data key' >&2; echo 'no identity matched' >&2; exit 128");
    assert.match(
      said(() => openSecrets(file)),
      /cannot be decrypted; does this machine have its key, such as SOPS_AGE_KEY_FILE\? sops says: Failed to get the data key no identity matched$/,
    );
  });

  it("is for a stack file alone", () => {
    assert.match(problems({ secretsFile: "a.yaml" }).join(), /^secretsFile: is for a stack file: /);
    assert.match(problems({ secretsFile: [] }).join(), /^secretsFile: must be a text/);
  });

  it("is read by the commands as by the program, without its key", () => {
    const secrets = relative(ROOT, write(SEALED));
    const stack = (more: string) =>
      write(
        `config:
  slipway:registry: { host: registry.example.com, prefix: team }
  slipway:models: [{ file: diabetes.yaml }]
  slipway:secretsFile: ${secrets}
  slipway:database: { kind: external, host: 10.0.0.5${more} }
  slipway:monitoring: { alerts: { receivers: [{ kind: slack }] } }
`,
        "Pulumi.dev.yaml",
      );
    const { database, ...rest } = rawStack("dev", stack(""));
    assert.deepEqual(database, {
      ...{ kind: "external", host: "10.0.0.5" },
      password: "{{database.password}}",
    });
    assert.ok(!("secretsFile" in rest));
    const config = readStack("dev", stack(""));
    assert.equal(config.database.kind, "external");
    assert.throws(
      () => rawStack("dev", stack(", password: x")),
      /Pulumi\.dev\.yaml: slipway:secretsFile: and the stack file both say 'database\.password'/,
    );
  });

  const missing = ["sops", "age-keygen"].find(
    (program) => spawnSync(program, ["--version"]).error !== undefined,
  );
  const skipped = missing === undefined ? "" : ` (skipped: no ${missing} on the PATH)`;
  it(`that sops itself encrypted is opened with its key alone${skipped}`, function () {
    if (missing !== undefined) this.skip();
    const key = join(folder, "key.txt");
    execFileSync("age-keygen", ["-o", key], { stdio: "ignore" });
    const recipient = /public key: (\S+)/.exec(readFileSync(key, "utf8"))?.[1] ?? "";
    const file = write("database:\n  password: hunter2\nquota:\n  pods: 70\n");
    execFileSync("sops", ["encrypt", "--age", recipient, "--in-place", file]);
    const text = readFileSync(file, "utf8");
    assert.ok(!text.includes("hunter2"));
    assert.deepEqual(sealedSecrets(file), {
      database: { password: "{{database.password}}" },
      quota: { pods: "{{quota.pods}}" },
    });
    const { SOPS_AGE_KEY_FILE } = process.env;
    try {
      process.env["SOPS_AGE_KEY_FILE"] = key;
      const opened = { database: { password: "hunter2" }, quota: { pods: 70 } };
      assert.deepEqual(openSecrets(file), opened);
      process.env["SOPS_AGE_KEY_FILE"] = join(folder, "none");
      assert.throws(() => openSecrets(file), /cannot be decrypted; does this machine have its key/);
    } finally {
      if (SOPS_AGE_KEY_FILE === undefined) delete process.env["SOPS_AGE_KEY_FILE"];
      else process.env["SOPS_AGE_KEY_FILE"] = SOPS_AGE_KEY_FILE;
    }
  });
});
