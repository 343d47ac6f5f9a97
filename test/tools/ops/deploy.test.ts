import assert from "node:assert/strict";
import { needReproducible } from "../../../tools/lib/stack/checkout.ts";
import { failureOf, Untouched } from "../../../tools/lib/stack/pulumi-up.ts";
import type { Entry } from "../../../tools/lib/stack/history.ts";
import { lastGood, pinsToRestore } from "../../../tools/ops/restore.ts";

const sha = (digit: string) => digit.repeat(40);
const deploy = (digit: string, more: Partial<Entry> = {}): Entry => ({
  ...{ at: "2026-11-22T02:00:00.000Z", event: "deploy", by: "ci", result: "ok", sha: sha(digit) },
  ...more,
});

describe("the state to bring back", () => {
  it("is the last deployment that went well", () => {
    const records = [deploy("1"), deploy("2"), deploy("3", { result: "failed" })];
    assert.equal(lastGood(records, sha("4"))?.sha, sha("2"));
  });

  it("is neither the commit that failed nor one that git does not have", () => {
    const records = [deploy("1"), deploy("2", { dirty: true }), deploy("3")];
    assert.equal(lastGood(records, sha("3"))?.sha, sha("1"));
  });

  it("is none before a first success", () => {
    assert.equal(lastGood([deploy("1", { result: "failed" })], sha("2")), undefined);
  });
});

describe("the images to bring back", () => {
  const images = {
    ui: "a.example/ui:1a2b3c4@sha256:1",
    mlflow: "a.example/mlflow:5d6e7f8@sha256:2",
  };

  it("are pinned where the commit that failed has others", () => {
    const tags = { ui: "9f9f9f9", mlflow: "5d6e7f8" };
    assert.deepEqual(pinsToRestore(images, tags), { ui: images.ui });
  });

  it("are found by their tag where there is no registry, and none is pinned that is still the same", () => {
    assert.deepEqual(pinsToRestore({ ui: "slipway.local/ui:1a2b3c4" }, { ui: "1a2b3c4" }), {});
  });
});

describe("a checkout that git cannot bring back", () => {
  const changed = { sha: sha("1"), changed: ["index.ts"], pushed: false };

  it("is refused by a protected stack, with the files and the remedy", () => {
    assert.throws(() => {
      needReproducible(changed, { strict: true, dirty: false });
    }, /uncommitted changes in index\.ts; commit 1111111 is on no remote branch: push it.*--dirty/);
  });

  it("is accepted by others, by --dirty, and when there is nothing to say", () => {
    needReproducible(changed, { strict: false, dirty: false });
    needReproducible(changed, { strict: true, dirty: true });
    needReproducible({ ...changed, changed: [], pushed: true }, { strict: true, dirty: false });
  });
});

describe("what a failed `pulumi up` means", () => {
  for (const [output, expected] of [
    ["error: the stack is currently locked by 1 lock(s).", /--recover .*interrupted-up/],
    ["error: constructing secrets manager: incorrect passphrase", /not the one/],
    ["error: passphrase must be set with PULUMI_CONFIG_PASSPHRASE", /is missing/],
    ["error: no stack named 'dev' found", /stack init/],
    ['Apply failed with 1 conflict: conflict with "kubectl"', /drift.*--refresh/],
    ["error: the server has asked for the client to provide credentials", /expired/],
    ['created by the server: configmaps "slipway" already exists', /another stack's.*room for one/],
    [
      "from Configure: failed to connect to any docker daemon",
      /start it, or set DOCKER_HOST.*npm run render/,
    ],
    ["Cannot connect to the Docker daemon at unix:///var/run/docker.sock.", /no Docker answers/],
    ['configmaps "slipway" is forbidden: User "ci" cannot patch', /'edit' is enough/],
    ['namespaces "team-a" not found', /correct 'slipway:namespace', or have it made/],
    [
      'no matches for kind "ExternalSecret" in version "external-secrets.io/v1"',
      /ExternalSecret is of the External Secrets Operator/,
    ],
    ["[mandatory]  pinned-images  (kubernetes:apps/v1:Deployment: ui)", /breaks a policy/],
  ] as const) {
    it(`is said of: ${output}`, () => {
      assert.match(failureOf("`pulumi up`", output).message, expected);
    });
  }

  it("is not guessed", () => {
    const { message } = failureOf("`pulumi up`", "error: something else");
    assert.equal(message, "`pulumi up` failed: its last lines say why");
  });

  it("is that nothing was changed, where it ended before its first change", () => {
    assert.ok(failureOf("up", "error: incorrect passphrase") instanceof Untouched);
    assert.ok(!(failureOf("up", "Apply failed with 1 conflict") instanceof Untouched));
  });
});
