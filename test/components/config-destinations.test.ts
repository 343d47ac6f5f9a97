import assert from "node:assert/strict";
import { REGISTRY, oneModel, problems, refused } from "../support/config.ts";

type Overrides = Record<string, unknown>;

const bucket = { bucket: "team", accessKey: "a", secretKey: "s" };
/** Each setting that names a server of others, by that server's host. */
const SETTINGS: [path: string, (host: string, addresses?: unknown) => Overrides][] = [
  [
    "database",
    (host, addresses) => ({ database: { kind: "external", host, password: "p", addresses } }),
  ],
  [
    "objectStore",
    (host, addresses) => ({
      objectStore: { kind: "external", endpoint: `https://${host}`, ...bucket, addresses },
    }),
  ],
  [
    "backup.to",
    (host, addresses) => ({
      backup: { to: { kind: "s3", endpoint: `https://${host}:9000`, ...bucket, addresses } },
    }),
  ],
  [
    "monitoring.alerts.receivers.0",
    (host, addresses) => ({
      monitoring: {
        alerts: { receivers: [{ kind: "email", to: "a", from: "b", host, addresses }] },
      },
    }),
  ],
  [
    "monitoring.alerts.receivers.1",
    (host, addresses) => ({
      monitoring: {
        alerts: {
          receivers: [
            { kind: "slack", url: "https://a.b" },
            { kind: "webhook", url: `https://${host}`, addresses },
          ],
        },
      },
    }),
  ],
  [
    "auth",
    (host, addresses) => ({ auth: { issuer: `https://${host}`, audience: "a", addresses } }),
  ],
];

describe("a server of others in the configuration", () => {
  for (const [path, set] of SETTINGS) {
    const key = path.replaceAll(".", "\\.");
    it(`of ${path} may be an address, a Service, or a name that says where it leads`, () => {
      for (const host of ["10.0.0.5", "it", "it.team-a", "it.data.svc"])
        assert.deepEqual(problems(set(host)), [], host);
      assert.deepEqual(problems(set("it.example.com", ["10.20.0.0/16", "public"])), []);
    });

    it(`of ${path} is refused by a name alone`, () => {
      refused(
        set("it.example.com"),
        new RegExp(`^${key}\\.addresses: is missing: it\\.example\\.com is a name.*\\[public\\]`),
      );
      refused(
        set("it.data"),
        new RegExp(`^${key}\\.addresses: .*, or it\\.data\\.svc as the host`),
      );
    });

    it(`of ${path} is refused at what is no block of addresses, each by itself`, () => {
      const found = problems(set("it.example.com", ["10.0.0.5/8", "0.0.0.0/0", "10.0.0.0/8"]));
      assert.equal(found.length, 2, found.join("\n"));
      assert.match(found[0] ?? "", new RegExp(`^${key}\\.addresses\\.0: is an address inside of`));
      assert.match(found[1] ?? "", /addresses\.1: is every address, .* \("0\.0\.0\.0\/0"\)$/);
      refused(set("it.example.com", []), new RegExp(`^${key}\\.addresses: is empty: remove it`));
    });
  }

  it("of an IPv6 address needs no more", () => {
    const endpoint = { kind: "external", endpoint: "https://[fd00::5]:9000", ...bucket };
    assert.deepEqual(problems({ objectStore: endpoint }), []);
  });

  it("of a training is that of its data, where these have an address", () => {
    const training = { addresses: ["10.20.0.0/16"] };
    refused(
      oneModel({ training }),
      /^models\.0\.training\.addresses: has no effect: 'data\.source' of diabetes\.yaml is no address\. Remove the key$/,
    );
    refused(
      oneModel({ training: { addresses: ["everywhere"] } }),
      /^models\.0\.training\.addresses\.0: is no block of addresses.*\("everywhere"\)$/,
    );
  });

  it("is no matter of stacks that have none", () => {
    assert.deepEqual(problems({ registry: REGISTRY }), []);
  });
});
