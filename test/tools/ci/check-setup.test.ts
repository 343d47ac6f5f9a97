import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { signatureProblems } from "../../../tools/ci/check-setup.ts";
import { describeDelivery } from "../../support/delivery-world.ts";

describeDelivery("npm run ci:check", {}, (world) => {
  it("refuses a commit that was never pushed, and takes it once it is", async () => {
    const check = () => world.npm("ci:check", ["--stack", "dev"]);
    const before = await check();
    assert.equal(before.code, 4);
    assert.match(before.stderr, /is on no branch of the remote.*push it first/);
    const remote = world.scratch("remote.git");
    world.workspace.git("init", "-q", "--bare", remote);
    world.workspace.git("remote", "add", "origin", remote);
    world.workspace.git("push", "-q", "origin", "HEAD:main");
    const after = await check();
    assert.equal(after.code, 0, after.stderr);
    assert.match(after.stderr, /ready for stack dev/);
  });

  it("names the secret behind a token that the cluster does not take", async () => {
    const expired = readFileSync(world.kubeconfig, "utf8").replace(
      /"token":"\w+"/,
      '"token":"expired"',
    );
    const { code, stderr } = await world.npm("ci:check", ["--stack", "dev"], {
      env: { KUBECONFIG_TEXT: expired },
    });
    assert.equal(code, 4);
    assert.match(stderr, /refuses the credentials.*has expired; renew the secret KUBECONFIG/);
  });

  it("names the secret behind a passphrase that is wrong or not there", async () => {
    const wrong = await world.npm("ci:check", ["--stack", "dev"], {
      env: { PULUMI_CONFIG_PASSPHRASE: "wrong" },
    });
    assert.match(wrong.stderr, /PULUMI_CONFIG_PASSPHRASE is missing or not the one/);
    const none = await world.npm("ci:check", ["--stack", "dev"], {
      env: { PULUMI_CONFIG_PASSPHRASE: "" },
    });
    assert.match(
      none.stderr,
      /is encrypted with a passphrase: set the secret PULUMI_CONFIG_PASSPHRASE/,
    );
  });

  it("says that the state has no such stack", async () => {
    const { stderr } = await world.npm("ci:check", ["--stack", "staging"]);
    assert.match(stderr, /the state has no such stack: .*stack init/);
  });
});

describe("what a deployment of signed images needs", () => {
  const signedBy = { key: "cosign.pub", issuer: "https://issuer.example.com" };

  it("is cosign, where the stack signs or runs what others have signed", () => {
    for (const build of [{ signedBy }, { sign: "cosign.key", signedBy }])
      assert.match(signatureProblems(build, undefined).join(), /no `cosign`.*COSIGN_VERSION/);
    assert.deepEqual(signatureProblems({ signedBy }, "/usr/bin/cosign"), []);
  });

  it("is nothing of cosign elsewhere", () => {
    assert.deepEqual(signatureProblems({}, undefined), []);
  });
});
