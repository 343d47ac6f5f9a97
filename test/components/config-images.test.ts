import assert from "node:assert/strict";
import { problems } from "../support/config.ts";

const KEY = { key: "cosign.pub" };
const PEOPLE = { identities: ["https://github.com/a/b/.github/workflows/deploy.yml@refs/heads/x"] };
const LOCAL = { registry: undefined, cluster: "local" };

describe("how images come about", () => {
  const refused: [string, Record<string, unknown>, RegExp][] = [
    [
      "signers that are a key and somebody",
      { build: { signedBy: { ...KEY, ...PEOPLE } } },
      /^build\.signedBy: needs either 'key' or 'identities'/,
    ],
    [
      "signers that are nobody",
      { build: { signedBy: { issuer: "https://a.example.com" } } },
      /^build\.signedBy: needs either/,
    ],
    [
      "a list of nobody",
      { build: { signedBy: { identities: [] } } },
      /^build\.signedBy\.identities: names nobody/,
    ],
    [
      "an issuer without TLS",
      { build: { signedBy: { ...PEOPLE, issuer: "http://a.example.com" } } },
      /^build\.signedBy\.issuer: must be an https/,
    ],
    [
      "signing what another stack has built",
      { build: { sign: "keyless", signedBy: PEOPLE, promote: true } },
      /^build\.sign: has nothing to sign/,
    ],
    [
      "signing without saying whose signatures count",
      { build: { sign: "keyless" } },
      /^build\.sign: needs 'build\.signedBy'/,
    ],
    [
      "signing without a key what a key must have signed",
      { build: { sign: "keyless", signedBy: KEY } },
      /^build\.sign: and 'build\.signedBy' do not go together/,
    ],
    [
      "signing by a key what somebody must have signed",
      { build: { sign: "cosign.key", signedBy: PEOPLE } },
      /^build\.sign: and 'build\.signedBy' do not go together/,
    ],
    [
      "signatures without a registry to put them",
      { ...LOCAL, build: { sign: "keyless", signedBy: PEOPLE } },
      /^build\.sign: needs 'registry'/,
    ],
    [
      "a pin without the digest that is signed",
      { build: { signedBy: KEY }, pins: { ui: "registry.example.com/team/ui:1a2b3c4" } },
      /^pins\.ui: \(registry\.example\.com\/team\/ui:1a2b3c4\) has no digest/,
    ],
    [
      "a list of one platform",
      { build: { platforms: ["linux/arm64"] } },
      /^build\.platforms: names fewer than two/,
    ],
    [
      "the same platform twice",
      { build: { platforms: ["linux/arm64", "linux/arm64"] } },
      /^build\.platforms: \(linux\/arm64, linux\/arm64\) names one twice/,
    ],
    [
      "platforms that no Dockerfile of ours builds",
      { build: { platforms: ["linux/arm64", "windows/amd64"] } },
      /^build\.platforms\.1: is not a valid platform/,
    ],
    [
      "several platforms without a registry",
      { ...LOCAL, build: { platforms: ["linux/amd64", "linux/arm64"] } },
      /^build\.platforms: needs 'registry'/,
    ],
  ];
  for (const [what, overrides, message] of refused) {
    it(`is refused with ${what}`, () => {
      const found = problems(overrides);
      assert.equal(found.length, 1, found.join("\n"));
      assert.match(found[0] ?? "", message);
    });
  }

  it("may be signed by a key or by somebody, on the stack that builds and on the one that promotes", () => {
    const pins = { ui: `registry.example.com/team/ui:1a2b3c4@sha256:${"0a".repeat(32)}` };
    for (const build of [
      { sign: "keyless", signedBy: PEOPLE },
      { sign: "env://COSIGN_PRIVATE_KEY", signedBy: KEY },
      { promote: true, signedBy: PEOPLE },
      { promote: true, signedBy: KEY, platforms: ["linux/amd64", "linux/arm64"] },
    ])
      assert.deepEqual(problems({ build, pins }), []);
  });
});
