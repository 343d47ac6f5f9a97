import assert from "node:assert/strict";
import { MODELS, REGISTRY, problems } from "../support/config.ts";

describe("the configuration refuses", () => {
  const refused: [string, Record<string, unknown>, RegExp, string?][] = [
    ["an unknown key", { colour: "blue" }, /^colour: unknown key; known are cluster, platform, /],
    [
      "an unknown key inside another",
      { endpoint: { colour: "blue" } },
      /^endpoint\.colour: unknown key/,
    ],
    [
      "images of another stack without a registry that has them",
      { registry: undefined, cluster: "local", build: { promote: true } },
      /^build\.promote: needs 'registry'/,
    ],
    [
      "hours of sleep without the address of the API",
      { sleep: { at: "0 20 * * *", wakeAt: "0 7 * * *" } },
      /^sleep\.apiServer: is missing: it is a list/,
    ],
    [
      "hours of sleep in a zone that there is not",
      {
        sleep: {
          at: "0 20 * * 1-5",
          wakeAt: "0 7 * * 1-5",
          apiServer: ["10.0.0.1/32"],
          timeZone: "Europe\u002fBerne",
        },
      },
      /^sleep\.timeZone: is no time zone: write a name of the IANA database, such as Europe\/Paris or UTC \("Europe\/Berne"\)/,
    ],
    [
      "an offset for a time zone",
      {
        sleep: {
          at: "0 20 * * 1-5",
          wakeAt: "0 7 * * 1-5",
          apiServer: ["10.0.0.1/32"],
          timeZone: "+02:00",
        },
      },
      /^sleep\.timeZone: is no time zone/,
    ],
    [
      "hours of sleep that are no hours",
      { sleep: { at: "@every 12h", wakeAt: "0 7 * * 1-5", apiServer: ["10.0.0.1/32"] } },
      /^sleep\.at: counts from when it was made: write the time of day/,
    ],
    [
      "waking when it falls asleep",
      { sleep: { at: "0 20 * * 1-5", wakeAt: "0 20 * * 1-5", apiServer: ["10.0.0.1/32"] } },
      /^sleep\.wakeAt: is when it falls asleep/,
    ],
    [
      "a backup that sleep would never let run",
      {
        sleep: { at: "0 20 * * 1-5", wakeAt: "0 7 * * 1-5", apiServer: ["10.0.0.1/32"] },
        backup: { to: { kind: "volume" }, drill: { schedule: "0 12 * * 1" } },
      },
      /^backup\.schedule: would never run: the environment sleeps at each of its times/,
    ],
    [
      "a training that sleep would never let run",
      {
        sleep: { at: "0 20 * * 1-5", wakeAt: "0 7 * * 1-5", apiServer: ["10.0.0.1/32"] },
        models: [{ file: "diabetes.yaml", training: { schedule: "0 3 * * 6" } }],
      },
      /^models\.0\.training\.schedule: would never run: the environment sleeps/,
    ],
    ...Object.entries({
      capture: { capture: { schedule: "20 3 * * *" } },
      "batch.0": { batch: [{ name: "a", source: "s3://a/b.csv", schedule: "20 3 * * 0" }] },
    }).map(([key, settings]): [string, Record<string, unknown>, RegExp] => [
      `what sleep would never let look or answer: ${key}`,
      {
        sleep: { at: "0 20 * * 1-5", wakeAt: "0 7 * * 1-5", apiServer: ["10.0.0.1/32"] },
        models: [{ file: "diabetes.yaml", ...settings }],
      },
      new RegExp(`^models\\.0\\.${key}\\.schedule: would never run: the environment sleeps`),
    ]),
    [
      "a namespace that cannot exist",
      { namespace: "Team_A" },
      /^namespace: is not a valid name of 1 to 63 /,
    ],
    [
      "a quota for a namespace of others",
      { namespace: "team-a", quota: { cpu: 4 } },
      /^quota: is for its owner to set .*: remove it, or 'namespace'/,
    ],
    [
      "a namespace of others for the sandbox",
      { namespace: "team-a" },
      /^namespace: cannot be another's: 'npm run sandbox' makes and removes it/,
      "sandbox",
    ],
    [
      "an Argo CD to install by whoever may not make a namespace",
      {
        namespace: "team-a",
        delivery: "argocd",
        argocd: { repository: "https://git.example.com/a.git" },
      },
      /^argocd\.install: makes a namespace .* set it to false where Argo CD runs already/,
    ],
    ["no model", { models: [] }, /^models: needs at least one model/],
    [
      "a model file that is missing",
      { models: [{ file: "none.yaml" }] },
      /^models\.0\.file: .*add the file or correct/,
    ],
    [
      "a model file elsewhere",
      { models: [{ file: "../a.yaml" }] },
      /^models\.0\.file: must be a file name/,
    ],
    [
      "the same model twice",
      { models: [...MODELS, ...MODELS] },
      /^models\.1\.file: names the model 'diabetes-model' a second time/,
    ],
    [
      "min above max",
      { models: [{ file: "diabetes.yaml", replicas: { min: 9, max: 6 } }] },
      /^models\.0\.replicas\.min: \(9\) exceeds max \(6\)/,
    ],
    [
      "no replicas at all",
      { models: [{ file: "diabetes.yaml", replicas: { min: 0 } }] },
      /^models\.0\.replicas\.min: must be at least 1 \(0\)/,
    ],
    [
      "a quantity that is none",
      { quota: { cpu: "many" } },
      /^quota\.cpu: is not a valid quantity, such as 500m/,
    ],
    [
      "a schedule that is none",
      { models: [{ file: "diabetes.yaml", training: { schedule: "daily" } }] },
      /^models\.0\.training\.schedule: is not a valid cron schedule of five fields/,
    ],
    [
      "a remote cluster without registry",
      { registry: undefined },
      /^registry: is missing, and a remote cluster pulls/,
    ],
    [
      "a registry with half an account",
      { registry: { ...REGISTRY, username: "robot" } },
      /^registry: needs username and password together/,
    ],
    ["an unprotected prod", { protect: false }, /^protect: must be true in prod/, "prod"],
    [
      "an ingress without host",
      { endpoint: { kind: "ingress" } },
      /^endpoint\.host: is missing: 'ingress' routes by host name/,
    ],
    [
      "a gateway without gateway",
      { endpoint: { kind: "gateway", host: "a.example.com" } },
      /^endpoint\.gateway: is missing/,
    ],
    [
      "TLS of an ingress from nowhere",
      { endpoint: { kind: "ingress", host: "a.example.com", tls: {} } },
      /^endpoint\.tls: needs either/,
    ],
    [
      "a Route on plain Kubernetes",
      { endpoint: { kind: "openshiftRoute", host: "a.example.com" } },
      /needs 'platform: openshift'/,
    ],
    [
      "node ports in prod",
      { protect: true, endpoint: { kind: "nodePort" } },
      /^endpoint\.kind: nodePort is plain HTTP/,
      "prod",
    ],
    [
      "plain HTTP in prod",
      { protect: true, endpoint: { kind: "ingress", host: "a.example.com" } },
      /^endpoint\.tls: is missing: prod/,
      "prod",
    ],
    [
      "a Gateway's plain HTTP listener in prod",
      {
        protect: true,
        endpoint: {
          kind: "gateway",
          host: "a.example.com",
          tls: {},
          gateway: { name: "public", namespace: "gateway-system" },
        },
      },
      /^endpoint\.gateway\.section: is missing/,
      "prod",
    ],
    [
      "an issuer without audience",
      { auth: { issuer: "https://login.example.com" } },
      /^auth\.audience: is missing/,
    ],
    [
      "an issuer without TLS",
      { auth: { issuer: "http://login.example.com", audience: "a" } },
      /^auth\.issuer: must be an https/,
    ],
    ["Argo CD without repository", { delivery: "argocd" }, /^argocd: is missing/],
    [
      "a repository over plain HTTP",
      { delivery: "argocd", argocd: { repository: "http://git.example.com/slipway.git" } },
      /^argocd\.repository: must be an https:\/\/ address: only with 'cluster: local'/,
    ],
    [
      "a repository without Argo CD",
      { argocd: { repository: "https://git.example.com/a.git" } },
      /^argocd: has no effect/,
    ],
    ["a database of no kind", { database: { kind: "mysql" } }, /^database\.kind: /],
    [
      "an external database without password",
      { database: { kind: "external", host: "db.example.com" } },
      /^database\.password: is missing/,
    ],
  ];
  for (const [what, overrides, message, name] of refused) {
    it(what, () => {
      const found = problems(overrides, name);
      assert.equal(found.length, 1, found.join("\n"));
      assert.match(found[0] ?? "", message);
    });
  }
});
