import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { signable, signImages } from "../../../tools/images/sign-images.ts";
import { type Cosign, needSigned, withCosign } from "../../../tools/lib/cosign.ts";

const DIGEST = `sha256:${"0a".repeat(32)}`;
const UI = `registry.example.com/team/ui@${DIGEST}`;
const SIGNED = { image: UI, tag: "1a2b3c4" };
const BY_KEY = {
  sign: "env://COSIGN_PRIVATE_KEY",
  signedBy: { key: "cosign.pub", issuer: "https://issuer.example.com" },
};
const KEYLESS = {
  sign: "keyless",
  signedBy: {
    identities: ["https://github.com/a/b/.github/workflows/deploy.yml@refs/heads/develop"],
    issuer: "https://token.actions.githubusercontent.com",
  },
};

describe("signing images", () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), "slipway-sign-"))));
  after(() => {
    rmSync(folder, { recursive: true });
  });

  /** cosign that finds a signature from the moment that one is made; what was asked of it, without the image. */
  function played(found = new Set<string>(), refuse?: { of: string; said: string }) {
    const asked: string[] = [];
    const cosign: Cosign = (args) => {
      const [what = "", image = ""] = [args[0], args.at(-1)];
      asked.push(args.slice(0, -1).join(" "));
      if (refuse?.of === what) return Promise.resolve({ failed: true, said: refuse.said });
      if (what === "sign") found.add(`verify ${image}`);
      if (what === "attest") found.add(`verify-attestation ${image}`);
      const failed = what.startsWith("verify") && !found.has(`${what} ${image}`);
      return Promise.resolve({ failed, said: failed ? "note\nError: no signatures found\n" : "" });
    };
    return { asked, cosign };
  }

  const run = async (
    signing: typeof BY_KEY | typeof KEYLESS,
    cosign: Cosign,
    bom: "ui.cdx.json" | "none" = "ui.cdx.json",
  ) => {
    const lines: string[] = [];
    const bomOf = () => Promise.resolve(bom === "none" ? undefined : bom);
    await signImages({ ui: SIGNED }, signing, cosign, bomOf, folder, (line) => lines.push(line));
    return lines;
  };

  it("signs by key what has no signature, attaches what it is made of, and looks whether it is there", async () => {
    const { asked, cosign } = played();
    assert.deepEqual(await run(BY_KEY, cosign), [`ui: ${UI} is signed, with what it is made of`]);
    const config = join(folder, "signing-config.json");
    const means = `--yes --key env://COSIGN_PRIVATE_KEY --signing-config ${config}`;
    const key = "--key cosign.pub --insecure-ignore-tlog";
    assert.deepEqual(asked, [
      `verify -a tag=1a2b3c4 ${key}`,
      `sign ${means} -a tag=1a2b3c4`,
      `attest ${means} --type cyclonedx --predicate ui.cdx.json`,
      `verify -a tag=1a2b3c4 ${key}`,
      `verify-attestation --type cyclonedx ${key}`,
    ]);
    assert.deepEqual(JSON.parse(readFileSync(config, "utf8")), {
      mediaType: "application/vnd.dev.sigstore.signingconfig.v0.2+json",
    });
  });

  it("signs as the job without a key, by Sigstore's own servers and log", async () => {
    const { asked, cosign } = played();
    await run(KEYLESS, cosign, "none");
    const identity =
      "^(https://github\\.com/a/b/\\.github/workflows/deploy\\.yml@refs/heads/develop)$";
    const issuer = "https://token.actions.githubusercontent.com";
    const tag = "-a tag=1a2b3c4";
    const whose = `--certificate-oidc-issuer ${issuer} --certificate-identity-regexp ${identity}`;
    assert.deepEqual(asked, [
      `verify ${tag} ${whose}`,
      `sign --yes ${tag}`,
      `verify ${tag} ${whose}`,
    ]);
  });

  it("leaves alone what is signed already", async () => {
    const { asked, cosign } = played(new Set([`verify ${UI}`, `verify-attestation ${UI}`]));
    assert.deepEqual(await run(BY_KEY, cosign), [`ui: ${UI} is signed already`]);
    assert.ok(!asked.some((args) => /^(sign|attest)/.test(args)), asked.join("\n"));
  });

  it("goes on where an earlier run was broken off between the signature and the list", async () => {
    const { asked, cosign } = played(new Set([`verify ${UI}`]));
    await run(BY_KEY, cosign);
    assert.ok(asked.some((args) => args.startsWith("attest")));
  });

  it("fails where it signs as somebody whom 'build.signedBy' does not name", async () => {
    const { cosign } = played(new Set(), { of: "verify", said: "Error: none of the expected" });
    await assert.rejects(
      run(KEYLESS, cosign),
      /was signed, but not by https:\/\/github.*correct 'build\.signedBy' or 'build\.sign' \(cosign: none of the expected\)/,
    );
  });

  const remedies: [string, RegExp][] = [
    ["Error: reading key: decrypt: encrypted: decryption failed", /COSIGN_PASSWORD/],
    ["Error: PUT https://r.example.com: UNAUTHORIZED: authentication required", /right to push/],
    ["Error: getting signing config from TUF: no such host", /id-token: write/],
    ["Error: disk full", /failed: disk full$/],
  ];
  for (const [said, remedy] of remedies) {
    it(`says what to do about "${said}"`, async () => {
      const { cosign } = played(new Set(), { of: "sign", said });
      await assert.rejects(run(BY_KEY, cosign), (error: Error) => {
        assert.match(error.message, /`cosign sign` of registry\.example\.com\/team\/ui@/);
        assert.match(error.message, remedy);
        return true;
      });
    });
  }
});

describe("images of a deployment that are signed", () => {
  const pin = `registry.example.com:5000/team/ui:1a2b3c4@${DIGEST}`;

  it("are those that this commit has pushed, by digest", () => {
    assert.deepEqual(signable({ ui: pin }, [], { ui: "1a2b3c4" }), {
      images: { ui: { image: `registry.example.com:5000/team/ui@${DIGEST}`, tag: "1a2b3c4" } },
      others: [],
    });
  });

  it("are not those of another commit, those that are pinned, and those of no registry, each with a reason", () => {
    const deployed = { ui: pin, serving: pin, training: "slipway.local/training:1a2b3c4" };
    const { images, others } = signable(deployed, ["serving"], { ui: "0000000" });
    assert.deepEqual(images, {});
    assert.match(
      others.join("\n"),
      /^ui: .*of another commit.*\nserving: pinned.*\ntraining: .*no digest/,
    );
  });
});

describe("cosign", () => {
  const saved = process.env["PATH"];
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-cosign-"));
    const script = '#!/bin/sh\ncat "$DOCKER_CONFIG/config.json"; echo "Error: $2" >&2; exit 10\n';
    writeFileSync(join(folder, "cosign"), script, { mode: 0o755 });
  });
  afterEach(() => {
    process.env["PATH"] = saved;
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it("is lent the stack's account of the registry, Docker Hub's under the address that it is filed at", async () => {
    process.env["PATH"] = [folder, saved].join(delimiter);
    for (const [host, server] of [
      ["quay.io", "quay.io"],
      ["docker.io", "https://index.docker.io/v1/"],
    ] as const) {
      const { said, failed } = await withCosign(host, "YWRhOnNlY3JldA==", (cosign) =>
        cosign(["v"]),
      );
      assert.ok(failed);
      const [config = ""] = said.split("Error");
      assert.deepEqual(JSON.parse(config), { auths: { [server]: { auth: "YWRhOnNlY3JldA==" } } });
    }
  });

  it("is missed with what to do", async () => {
    process.env["PATH"] = "/nowhere";
    await assert.rejects(
      withCosign("quay.io", undefined, () => Promise.resolve()),
      /no `cosign` on the PATH.*docs\/ci\.md#signatures/,
    );
  });

  it("names the image that nobody has signed, and how to sign it", async () => {
    process.env["PATH"] = [folder, saved].join(delimiter);
    await assert.rejects(
      withCosign("quay.io", "", (cosign) => needSigned(cosign, BY_KEY.signedBy, SIGNED)),
      /team\/ui@sha256:\w+, which is to run as 1a2b3c4: no good signature by the key cosign\.pub was found.*npm run sign -- --stack staging/,
    );
  });
});
