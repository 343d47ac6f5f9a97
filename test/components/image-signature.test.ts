import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { signedReference } from "../../components/image-signature.ts";

const IMAGE = `registry.example.com/team/ui@sha256:${"0a".repeat(32)}`;
const REGISTRY = { host: "registry.example.com", prefix: "team", username: "ada", password: "s" };

interface Asked {
  command: string;
  environment: { LOGIN: string };
}

/** What an image is run as whose cosign ends so, and what was run. */
async function judged(code: string, said = "", preview = false) {
  const asked: Asked[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ name, inputs }) => ({ id: name, state: inputs as object }),
      call: ({ inputs }) => {
        asked.push(inputs as Asked);
        return { stdout: code, stderr: said };
      },
    },
    ...(["slipway", "prod", preview] as const),
  );
  const owner = new pulumi.ComponentResource("test:Owner", "owner");
  const key = { key: "it's.pub", issuer: "https://issuer.example.com" };
  const reference = signedReference({ image: IMAGE, tag: "1a2b3c4" }, key, REGISTRY, owner);
  const settled = new Promise<string>((resolve, reject) => {
    const known = reference as unknown as { promise(): Promise<string> };
    known.promise().then(resolve, reject);
  });
  const secret = await pulumi.isSecret(reference).catch(() => undefined);
  try {
    return { image: await settled, secret, asked };
  } finally {
    await pulumi.runtime.disconnect().catch(() => undefined);
  }
}

describe("an image that must be signed", () => {
  it("is run by its digest where cosign finds the signature, asked as the registry's account", async () => {
    const { image, secret, asked } = await judged("0");
    assert.equal(image, IMAGE);
    assert.equal(secret, false, "what was asked with a password is no secret itself");
    assert.equal(asked.length, 1);
    const { auths } = JSON.parse(asked[0]?.environment.LOGIN ?? "") as {
      auths: Record<string, { auth: string }>;
    };
    assert.equal(atob(auths["registry.example.com"]?.auth ?? ""), "ada:s");
  });

  it("is asked for by a script that takes any key's name, logs in for itself, and ends well", async () => {
    const { asked } = await judged("0");
    const folder = mkdtempSync(join(tmpdir(), "slipway-signature-"));
    try {
      const fake =
        '#!/bin/sh\nprintf "%s|" "$@" >&2; cat "$DOCKER_CONFIG/config.json" >&2; exit 7\n';
      writeFileSync(join(folder, "cosign"), fake, { mode: 0o755 });
      const PATH = [folder, process.env["PATH"]].join(delimiter);
      const script = `{ ${asked[0]?.command ?? ""}\n} 2>&1`;
      const env = { PATH, HOME: folder, LOGIN: "{}" };
      const said = execFileSync("/bin/sh", ["-c", script], { env, encoding: "utf8" });
      assert.equal(
        said,
        `verify|-a|tag=1a2b3c4|--key|it's.pub|--insecure-ignore-tlog|${IMAGE}|{}7`,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("is refused where there is none, with who should have signed and what to do", async () => {
    for (const preview of [true, false]) {
      await assert.rejects(
        judged("10", "WARNING: x\nError: no signatures found\n", preview),
        /team\/ui@sha256:\w+, which is to run as 1a2b3c4: no good signature by the key it's\.pub was found.*\(cosign: no signatures found\).*npm run sign -- --stack/s,
      );
    }
  });

  it("is refused where nobody says how cosign ended", () =>
    assert.rejects(judged(""), /no good signature/));

  it("is refused by `up` where there is no cosign; a preview goes on", async () => {
    await assert.rejects(judged("127"), /not known to be signed: there is no `cosign` on the PATH/);
    assert.equal((await judged("127", "", true)).image, IMAGE);
  });
});
