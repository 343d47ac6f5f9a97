import assert from "node:assert/strict";
import { type ChildProcess, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { signImages } from "../../../tools/images/sign-images.ts";
import { needSigned, withCosign } from "../../../tools/lib/cosign.ts";
import { installed } from "../../../tools/lib/installed.ts";
import { findProgram } from "../../support/go-programs.ts";
import { end } from "../../support/processes.ts";
import { startRegistry } from "../../support/registry.ts";

const TAG = "1a2b3c4";
const lacking = ["docker-registry", "htpasswd", "openssl"].filter((name) => !installed(name));
const cosign = findProgram("cosign");
const reason =
  "missing" in cosign
    ? cosign.missing
    : lacking.length > 0
      ? `${lacking.join(", ")} not on the PATH`
      : "";

describe(`signatures by the real cosign, in a registry${reason && ` (skipped: ${reason})`}`, function () {
  this.timeout(60_000);
  const saved = { ...process.env };
  const children: ChildProcess[] = [];
  const folder = mkdtempSync(join(tmpdir(), "slipway-signatures-"));
  const key = (name: string) => ({
    key: join(folder, `${name}.pub`),
    issuer: "https://issuer.example.com",
  });
  let registry: Awaited<ReturnType<typeof startRegistry>>;

  before(async function () {
    if ("missing" in cosign || reason !== "") {
      this.skip();
      return;
    }
    registry = await startRegistry(folder, children);
    const PATH = [dirname(cosign.file), process.env["PATH"]].join(delimiter);
    const own = { PATH, HOME: folder, COSIGN_PASSWORD: "correct", ...registry.environment };
    Object.assign(process.env, own);
    for (const name of ["ours", "theirs"]) {
      const args = ["generate-key-pair", "--output-key-prefix", join(folder, name)];
      execFileSync(cosign.file, args, { env: process.env, stdio: "ignore" });
    }
    const bom = { bomFormat: "CycloneDX", specVersion: "1.6", components: [{ name: "fastify" }] };
    writeFileSync(join(folder, "ui.cdx.json"), JSON.stringify(bom));
  });

  after(async () => {
    process.env = saved;
    for (const child of children) await end(child);
    rmSync(folder, { recursive: true });
  });

  async function pushed(label: string): Promise<string> {
    const repository = "my-team/slipway/ui";
    return `${registry.host}/${repository}@${await registry.push(repository, TAG, label)}`;
  }

  const asAccount = <Result>(work: Parameters<typeof withCosign<Result>>[2]) =>
    withCosign(registry.host, btoa(`${registry.username}:${registry.password}`), work);

  async function sign(image: string, name = "ours"): Promise<string[]> {
    const lines: string[] = [];
    const signing = { sign: join(folder, `${name}.key`), signedBy: key(name) };
    const bom = () => Promise.resolve(join(folder, "ui.cdx.json"));
    await asAccount((run) =>
      signImages({ ui: { image, tag: TAG } }, signing, run, bom, folder, (line) =>
        lines.push(line),
      ),
    );
    return lines;
  }

  const needed = (image: string, name = "ours", tag = TAG) =>
    asAccount((run) => needSigned(run, key(name), { image, tag }));

  it("are missed on an image that nobody has signed", async () => {
    await assert.rejects(needed(await pushed("one")), /no good signature by the key .*ours\.pub/);
  });

  it("are found once they are made, and made once", async () => {
    const image = await pushed("one");
    assert.match((await sign(image)).join("\n"), /is signed, with what it is made of/);
    await needed(image);
    assert.match((await sign(image)).join("\n"), /is signed already/);
  });

  it("have with them what the image is made of", async () => {
    const image = await pushed("one");
    const args = ["verify-attestation", "--type", "cyclonedx", "--insecure-ignore-tlog"];
    const { said } = await asAccount((run) => run([...args, "--key", key("ours").key, image]));
    const line = said.split("\n").find((text) => text.startsWith("{")) ?? "";
    const { payload } = JSON.parse(line) as { payload: string };
    const statement = JSON.parse(atob(payload)) as {
      subject: { digest: { sha256: string } }[];
      predicate: { components: object[] };
    };
    assert.equal(`sha256:${statement.subject[0]?.digest.sha256}`, image.split("@")[1]);
    assert.deepEqual(statement.predicate.components, [{ name: "fastify" }]);
  });

  it("by another key are none", async () => {
    const image = await pushed("two");
    await sign(image, "theirs");
    await needed(image, "theirs");
    await assert.rejects(needed(image), /no good signature by the key .*ours\.pub/);
  });

  it("are not those of an image that somebody pushed later under the same tag", async () => {
    const before = await pushed("one");
    const after = await pushed("replaced");
    assert.equal(await registry.digest("my-team/slipway/ui", TAG), after.split("@")[1]);
    await needed(before);
    await assert.rejects(needed(after), /npm run sign -- --stack staging/);
  });

  it("are none for another commit's tag: an older image is not put in the place of a newer one", async () => {
    const image = await pushed("one");
    await needed(image);
    await assert.rejects(needed(image, "ours", "9f8e7d6"), /annotation.*npm run sign/);
  });

  it("are not made by a statement of another kind that the same key has signed", async () => {
    const image = await pushed("four");
    const config = join(folder, "signing-config.json");
    const means = ["--yes", "--key", join(folder, "ours.key"), "--signing-config", config];
    const statement = ["--type", "cyclonedx", "--predicate", join(folder, "ui.cdx.json")];
    const made = await asAccount((run) => run(["attest", ...means, ...statement, image]));
    assert.ok(!made.failed, made.said);
    await assert.rejects(needed(image), /no good signature/);
  });

  it("are not made by a key whose password is another, nor by an account that may not push", async () => {
    const image = await pushed("three");
    process.env["COSIGN_PASSWORD"] = "wrong";
    await assert.rejects(sign(image), /`cosign sign` of .* failed: .*decrypt.*\n.*COSIGN_PASSWORD/);
    process.env["COSIGN_PASSWORD"] = "correct";
    const signing = { sign: join(folder, "ours.key"), signedBy: key("ours") };
    const nothing = () => Promise.resolve(undefined);
    await assert.rejects(
      withCosign(registry.host, btoa("pusher:wrong"), (run) =>
        signImages({ ui: { image, tag: TAG } }, signing, run, nothing, folder, () => undefined),
      ),
      /`cosign sign` of .*right to push there/s,
    );
  });
});
