import assert from "node:assert/strict";
import { REGISTRY, oneModel, problems, refused } from "../support/config.ts";

type Overrides = Record<string, unknown>;

const ingress = (more: Overrides): Overrides => ({
  endpoint: { kind: "ingress", host: "slipway.example.com", ...more },
});
const gateway = (more: Overrides): Overrides => ({
  endpoint: {
    kind: "gateway",
    host: "slipway.example.com",
    gateway: { name: "public", namespace: "gateways", ...more },
  },
});
const argocd = (more: Overrides): Overrides => ({
  delivery: "argocd",
  argocd: { repository: "https://git.example.com/a.git", ...more },
});
const external = (more: Overrides): Overrides => ({
  database: {
    kind: "external",
    host: "db.example.com",
    addresses: ["10.20.0.0/16"],
    password: "p",
    ...more,
  },
});
const s3 = (more: Overrides): Overrides => ({
  objectStore: {
    kind: "external",
    endpoint: "https://s3.example.com",
    addresses: ["public"],
    bucket: "models",
    accessKey: "a",
    secretKey: "s",
    ...more,
  },
});

/** Each key that becomes the name of an object or a namespace, and how it is set. */
const OBJECTS: [string, (name: string) => Overrides][] = [
  ["endpoint.tls.secretName", (secretName) => ingress({ tls: { secretName } })],
  ["endpoint.tls.clusterIssuer", (clusterIssuer) => ingress({ tls: { clusterIssuer } })],
  ["endpoint.ingressClass", (ingressClass) => ingress({ ingressClass })],
  ["endpoint.gateway.name", (name) => gateway({ name })],
  ["endpoint.gateway.section", (section) => gateway({ section })],
  ["database.storageClass", (storageClass) => ({ database: { storageClass } })],
  ["objectStore.storageClass", (storageClass) => ({ objectStore: { storageClass } })],
];
const NAMESPACES: [string, (name: string) => Overrides][] = [
  ["namespace", (namespace) => ({ namespace })],
  ["endpoint.gateway.namespace", (namespace) => gateway({ namespace })],
  ["endpoint.controllerNamespace", (controllerNamespace) => ingress({ controllerNamespace })],
  ["monitoring.namespace", (namespace) => ({ monitoring: { kind: "operator", namespace } })],
];
const HOSTS: [string, (name: string) => Overrides][] = [
  ["endpoint.host", (host) => ingress({ host })],
  ["database.host", (host) => external({ host })],
];

describe("a name in the configuration", () => {
  const wrong = ["Team_A", "Fast SSD", "-a", "a-", "a_b", "ä", "a/b", "{a}", " a", "a\n"];
  for (const [key, set] of [...OBJECTS, ...NAMESPACES]) {
    it(`of ${key} is one that Kubernetes takes`, () => {
      const most = NAMESPACES.some(([name]) => name === key) ? 63 : 253;
      for (const name of ["a", "0", "team-a", "1-2", "a".repeat(most)]) {
        assert.deepEqual(problems(set(name)), [], name);
      }
      for (const name of [...wrong, "", "a..b", ".a", "a.", "a".repeat(most + 1)]) {
        const [found = "", ...more] = problems(set(name));
        assert.deepEqual(more, [], name);
        assert.ok(found.startsWith(`${key}: is not a valid name of `), found);
        assert.ok(
          found.endsWith(`(${JSON.stringify(name.slice(0, 80) + (name.length > 80 ? "…" : ""))})`),
          found,
        );
      }
    });
  }

  it("may have dots where it is an object's, and none where it is a namespace's", () => {
    for (const [, set] of OBJECTS) assert.deepEqual(problems(set("tls.example.com")), []);
    for (const [, set] of NAMESPACES) assert.equal(problems(set("a.b")).length, 1);
  });

  it("says how long it is where that is too much", () => {
    refused({ namespace: "a".repeat(64) }, /^namespace: .* 1 to 63 .*; it has 64 characters/);
  });
});

describe("a host in the configuration", () => {
  for (const [key, set] of HOSTS) {
    it(`of ${key} is one that DNS takes`, () => {
      const label = "a".repeat(63);
      const long = [label, label, label, "b".repeat(61)].join(".");
      const longest =
        key === "endpoint.host" ? long.slice(0, 253 - "diabetes-model.".length) : long;
      for (const host of ["slipway.example.com", "a", "1.a", "xn--bcher-kva.example", longest]) {
        assert.deepEqual(problems(set(host)), [], host);
      }
      const not = ["a..b", "a-.b", "-a.b", ".a", "a.", "*.a.b", "a_b.c", "A.b", "a b", "ä.de", ""];
      for (const host of [
        ...not,
        "a.b:443",
        "a/b",
        `${label}a.b`,
        `${long}.c`,
        "1.2.3",
        "256.1.1.1",
      ]) {
        const [found = "", ...more] = problems(set(host));
        assert.deepEqual(more, [], host);
        assert.ok(found.startsWith(`${key}: `) && found.includes('("'), `${host}: ${found}`);
      }
    });
  }

  it("is told how long its longest part is", () => {
    refused(
      ingress({ host: `${"a".repeat(70)}.example.com` }),
      /^endpoint\.host: has a part of 70 characters .* DNS takes 63: shorten it/,
    );
  });

  it("is no address", () => {
    refused(
      ingress({ host: "https://slipway.example.com" }),
      /^endpoint\.host: is an address: write its host alone/,
    );
  });

  it("may be the address of a machine where nothing is routed by it", () => {
    assert.deepEqual(problems({ endpoint: { kind: "nodePort", host: "10.0.0.5" } }), []);
    assert.deepEqual(problems(external({ host: "10.0.0.5" })), []);
    assert.deepEqual(problems(external({ host: "fd00::5" })), []);
    refused(ingress({ host: "10.0.0.5" }), /^endpoint\.host: \(10\.0\.0\.5\) is an IP address/);
  });

  it("leaves room for the hosts of the models below it", () => {
    const host = `${"a.".repeat(119)}abc`;
    assert.equal(host.length, 241);
    refused(
      ingress({ host }),
      /^endpoint\.host: leaves no room .* diabetes-model\.… would have 256 characters/,
    );
  });

  it("is not made of a namespace and a model that are too long together", () => {
    const route = {
      platform: "openshift",
      endpoint: { kind: "openshiftRoute", host: "apps.example.com" },
    };
    assert.deepEqual(problems({ ...route, namespace: "n".repeat(48) }), []);
    refused(
      { ...route, namespace: "n".repeat(49) },
      /^endpoint\.kind: openshiftRoute makes the host diabetes-model-n+\.apps\.example\.com, whose first part has 64/,
    );
  });
});

describe("the name of a stack", () => {
  it("makes a namespace and a label, which Kubernetes must take", () => {
    for (const name of ["dev", "team-a", "1", "a".repeat(55)]) {
      assert.deepEqual(problems({}, name), [], name);
    }
    const long = "my-very-long-team-name-for-the-staging-environment-in-europe-1";
    for (const name of ["Team_A", "team.a", "team-", "Dev", "a".repeat(56), long]) {
      refused({}, /^stack: '.*' names the environment slipway-.*at most 55 of them/, name);
      refused({ namespace: "team-a" }, /^stack: /, name);
    }
  });

  it("has as much room as the project's name leaves", () => {
    const options = { project: "mlops" };
    assert.deepEqual(problems({}, "a".repeat(57), options), []);
    assert.equal(problems({}, "a".repeat(58), options).length, 1);
  });
});

describe("the registry and images in the configuration", () => {
  it("are a host and a path that an image's name is made of", () => {
    for (const host of [
      "quay.io",
      "localhost",
      "localhost:5000",
      "registry:5000",
      "10.0.0.1:5000",
    ]) {
      assert.deepEqual(problems({ registry: { ...REGISTRY, host } }), [], host);
    }
    const hosts = [
      "https://quay.io",
      "quay.io/team",
      "quay",
      "quay..io",
      "quay.io:99999",
      "quay.io:",
      "",
    ];
    for (const host of hosts) refused({ registry: { ...REGISTRY, host } }, /^registry\.host: /);
    for (const prefix of ["a", "my-team/slipway", "a__b/c.d", "a--b"]) {
      assert.deepEqual(problems({ registry: { ...REGISTRY, prefix } }), [], prefix);
    }
    for (const prefix of ["My-Team", "/a", "a/", "a//b", "a b", "a:b", "-a", "a..b", ""]) {
      refused(
        { registry: { ...REGISTRY, prefix } },
        /^registry\.prefix: is not a valid path of a repository/,
      );
    }
    refused({ registry: { ...REGISTRY, prefix: "a".repeat(230) } }, /^registry\.prefix: has 230/);
  });

  it("are named by version", () => {
    const digest = `sha256:${"0".repeat(64)}`;
    for (const grafana of ["grafana:13", "a.b:5000/c/d:v1", `a.b/c@${digest}`, `c:1@${digest}`]) {
      assert.deepEqual(problems({ images: { grafana } }), [], grafana);
    }
    refused({ images: { grafana: "grafana/grafana" } }, /^images\.grafana: names no version/);
    refused(
      { images: { grafana: "grafana/grafana:latest" } },
      /^images\.grafana: names no version/,
    );
    refused({ images: { grafana: "Grafana:1" } }, /^images\.grafana: is not a valid image/);
    refused({ images: { grafana: "grafana:-1" } }, /^images\.grafana: has a tag that is not valid/);
    refused(
      { images: { grafana: "a@sha256:12" } },
      /^images\.grafana: has a digest that is not valid/,
    );
    refused(
      { images: { postgres: "postgres:bookworm" } },
      /^images\.postgres: .* its first number/,
    );
    assert.deepEqual(problems({ images: { postgres: "postgres:x" }, ...external({}) }), []);
    refused({ pins: { ui: `a.b/ui@${digest}` } }, /^pins\.ui: has no tag, which names the commit/);
  });

  it("are built for a platform that there is", () => {
    for (const platform of ["linux/arm64", "linux/arm/v7"]) {
      assert.deepEqual(problems({ build: { platform } }), []);
    }
    for (const platform of ["amd64", "windows/amd64", "linux/", "Linux/amd64"]) {
      refused({ build: { platform } }, /^build\.platform: is not a valid platform/);
    }
    refused(
      { build: { args: { "A-B": "1" } } },
      /^build\.args\.A-B: is not a valid name of a build argument/,
    );
  });
});

describe("an address in the configuration", () => {
  it("of an issuer is one that tokens can name, at any port", () => {
    const auth = (issuer: string) => ({
      auth: { issuer, audience: "a", addresses: ["public"] },
    });
    for (const issuer of [
      "https://login.example.com",
      "https://a.b/realms/c",
      "https://a.b:8443",
    ]) {
      assert.deepEqual(problems(auth(issuer)), [], issuer);
    }
    for (const issuer of ["login.example.com", "ftp://a.b", "https://", "https://a b"]) {
      refused(auth(issuer), /^auth\.issuer: must be an https:\/\/ address/);
    }
    refused(auth("https://a..b"), /^auth\.issuer: is not a valid host name/);
    refused(auth("https://a.b?c=d"), /^auth\.issuer: has a query or fragment/);
  });

  it("never repeats an account in it", () => {
    const [found = ""] = problems(
      argocd({ repository: "https://me:hunter2@git.example.com/a.git" }),
    );
    assert.match(found, /^argocd\.repository: holds an account.*https:\/\/…@git\.example\.com/);
    assert.doesNotMatch(found, /hunter2/);
  });

  it("of a store leads to a bucket that there can be", () => {
    for (const endpoint of ["http://minio:9000", "https://[fd00::1]:9000"]) {
      assert.deepEqual(problems(s3({ endpoint })), [], endpoint);
    }
    refused(s3({ endpoint: "s3://models" }), /^objectStore\.endpoint: must be an https:/);
    for (const bucket of ["ab", "Models", "a..b", "10.0.0.1", "a_b", "a".repeat(64), "-ab", ""]) {
      refused(s3({ bucket }), /^objectStore\.bucket: is not a valid name of a bucket/);
    }
    refused(s3({ region: "eu west" }), /^objectStore\.region: is not a valid region/);
  });
});

describe("what else becomes part of an object", () => {
  it("fits there", () => {
    refused(external({ port: 0 }), /^database\.port: must be at least 1 \(0\)/);
    refused(external({ port: 65536 }), /^database\.port: must be at most 65535 \(65536\)/);
    refused(external({ name: "n".repeat(64) }), /^database\.name: has more than the 63 bytes/);
    refused(external({ user: "é".repeat(32) }), /^database\.user: has more than the 63 bytes/);
    refused({ monitoring: { retentionDays: 0 } }, /^monitoring\.retentionDays: must be at least 1/);
    refused({ monitoring: { retentionDays: 1e6 } }, /^monitoring\.retentionDays: .* at most 36500/);
    refused(oneModel({ training: { deadlineMinutes: 1e9 } }), /deadlineMinutes: must be at most/);
    refused({ ui: { replicas: 1.5 } }, /^ui\.replicas: must be a whole number \(1\.5\)/);
    refused(argocd({ chartVersion: "^10" }), /^argocd\.chartVersion: is not an exact version/);
    refused(argocd({ chartVersion: 10.9 }), /^argocd\.chartVersion: must be a text.*\(10\.9\)/);
    refused({ models: [{ file: `${"a".repeat(250)}.yaml` }] }, /^models\.0\.file: must be a file/);
    assert.deepEqual(problems(argocd({ chartVersion: "10.9.0-rc.1" })), []);
  });
});
