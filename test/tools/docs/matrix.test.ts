import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { COLUMNS, matrix } from "../../../tools/docs/network/matrix.ts";
import { securityPage } from "../../../tools/docs/network/page.ts";
import { ROOT } from "../../../tools/lib/paths.ts";
import type { Manifest } from "../../../tools/lib/program/manifests.ts";
import type { RawConfig } from "../../../tools/lib/stack/stack-file.ts";
import { stack } from "../../support/evaluation.ts";

/** What every workload may ask for names. */
const DNS = "53 (TCP, UDP)";

/** Each line as `who → whom`, with what it reaches outside of the environment behind `|`, but for {@link DNS}. */
function sentences(lines: string[][]): string[] {
  return lines.map(([from = "", environment = "", ...rest]) => {
    const further = COLUMNS.slice(2).flatMap((column, index) => {
      const cell = rest[index] ?? "";
      const usual = column === "DNS" ? ["", DNS] : ["", "–"];
      return usual.includes(cell) ? [] : [` | ${column} ${cell}`];
    });
    return `${from} → ${environment}${further.join("")}`;
  });
}

const UNKNOWN = "an unknown pod of the namespace";
const POSTGRES = { "app.kubernetes.io/name": "postgres" };
const ROUTE = { kind: "openshiftRoute", host: "apps.example.com", tls: {} };

const of = async (name: string, keys: RawConfig = {}) => (await stack(name, keys)).objects;

/** The servers that people come to. */
const OPEN =
  "diabetes-model-api:8000, iris-model-api:8000, mlflow:5000, titanic-model-api:8000, ui:8080";
const OF_THE_PAGE =
  "diabetes-model-api:8000, iris-model-api:8000, mlflow:5000, prometheus:9090, titanic-model-api:8000";
const WITH_PUSHED =
  "diabetes-model-api:8000, iris-model-api:8000, pushgateway:9091, titanic-model-api:8000";
/** What Prometheus scrapes. */
const WITH_STORES =
  "diabetes-model-api:8000, iris-model-api:8000, object-store-seaweedfs:9327, postgres-exporter:9187, pushgateway:9091, titanic-model-api:8000";

const SANDBOX = [
  "backup → object-store-seaweedfs:8333, postgres:5432, pushgateway:9091",
  "diabetes-model-api → mlflow:5000",
  "diabetes-model-training → mlflow:5000, pushgateway:9091",
  "grafana → prometheus:9090",
  "iris-model-api → mlflow:5000",
  "iris-model-training → mlflow:5000, pushgateway:9091",
  "mlflow → object-store-seaweedfs:8333, postgres:5432",
  "object-store-seaweedfs → –",
  "postgres → –",
  "postgres-exporter → postgres:5432",
  `prometheus → ${WITH_STORES}`,
  "pushgateway → –",
  "restore → object-store-seaweedfs:8333, postgres:5432",
  `restore-drill → ${WITH_PUSHED}`,
  "titanic-model-api → mlflow:5000",
  "titanic-model-training → mlflow:5000, pushgateway:9091",
  `ui → ${OF_THE_PAGE}`,
  `${UNKNOWN} → –`,
  `a pod of any other namespace → ${OPEN}`,
  `the internet → ${OPEN}`,
];

/** What a model has whose predictions are kept, and that answers a batch. */
const LOOP = ["titanic-model-batch-passengers", "titanic-model-monitor"].map(
  (name) => `${name} → mlflow:5000, object-store-seaweedfs:8333, pushgateway:9091`,
);

const EXPECTED: Record<string, string[]> = {
  sandbox: SANDBOX.flatMap((line) =>
    line === "titanic-model-api → mlflow:5000"
      ? ["titanic-model-api → mlflow:5000, object-store-seaweedfs:8333", ...LOOP]
      : [line],
  ),
  // No backups are made.
  dev: SANDBOX.filter((line) => !/^(backup|restore|restore-drill) /.test(line)),
  prod: [
    // Keys of the issuer, which is one of the internet.
    ...SANDBOX.slice(0, 1),
    // The hosts, whose addresses are public; the gateway's pods are of no column.
    "blackbox-exporter → – | the internet 443",
    ...SANDBOX.slice(1, -2).map((line) => {
      if (/ *-api → /.test(line)) return `${line} | the internet 443`;
      return line.replace("prometheus → ", "prometheus → blackbox-exporter:9115, ");
    }),
    `a pod of gateway-system → ${OPEN}`,
    "a pod of any other namespace → –",
    "the internet → –",
  ],
};

describe("who may reach whom in a stack", () => {
  for (const [name, expected] of Object.entries(EXPECTED)) {
    it(`${name} is what stands here, and nothing more`, async () => {
      const objects = await of(name);
      assert.deepEqual(sentences(matrix(objects)), expected);
      // Whether the network plugin takes an address block for pods or not.
      assert.deepEqual(matrix(objects, false), matrix(objects));
    });
  }

  it("shows every new opening", async () => {
    const objects = await of("dev");
    const opened = (egress: object): Manifest => ({
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: "more", namespace: "slipway-dev" },
      spec: { podSelector: { matchLabels: POSTGRES }, policyTypes: ["Egress"], egress: [egress] },
    });
    const line = (egress: object) =>
      sentences(matrix([...objects, opened(egress)])).find((text) => text.startsWith("postgres "));
    const to = (cidr: string, port: number) => ({ to: [{ ipBlock: { cidr } }], ports: [{ port }] });
    const cases: [object, string][] = [
      [to("10.96.0.1/32", 443), "API server 443 | private addresses 443"],
      [to("10.20.30.40/32", 6543), "private addresses 6543"],
      [to("169.254.169.254/32", 80), "metadata service 80"],
      [to("fd00:ec2::254/128", 80), "metadata service 80"],
      [to("fe80::/10", 5), "private addresses 5"],
      [to("8.8.8.8/32", 22), "the internet 22"],
      [
        { to: [{ namespaceSelector: {} }], ports: [{ port: 9 }] },
        "other pods 9 | DNS 9 53 (TCP, UDP)",
      ],
    ];
    for (const [egress, expected] of cases)
      assert.equal(line(egress), `postgres → – | ${expected}`, JSON.stringify(egress));
    const every = COLUMNS.slice(2).map((column) => `${column} every port`);
    assert.equal(line({}), `postgres → ${OPEN} | ${every.join(" | ")}`);
  });

  it("lets no pod of ours out to the API server or to the metadata service, whatever parts are elsewhere", async () => {
    const bucket = { bucket: "team", accessKey: "a", secretKey: "s" };
    const elsewhere = {
      database: { kind: "external", host: "db.example.com", password: "p", addresses: ["public"] },
      objectStore: { kind: "external", endpoint: "https://s3.example.com", ...bucket },
      backup: { to: { kind: "s3", endpoint: "https://s3.example.com", ...bucket } },
      auth: { issuer: "https://login.example.com", audience: "a", addresses: ["public"] },
    };
    for (const settings of [elsewhere.objectStore, elsewhere.backup.to])
      Object.assign(settings, { addresses: ["public"] });
    for (const [name, keys] of [
      ["prod", elsewhere],
      ["dev", { database: { kind: "cloudnative-pg" }, monitoring: { kind: "operator" } }],
      ["staging", {}],
      ["pr", {}],
      ["dev", { platform: "openshift", endpoint: ROUTE, namespace: "team-a", quota: undefined }],
    ] as [string, RawConfig][]) {
      // In a namespace of others our policies are not for others' pods.
      const lines = matrix(await of(name, keys)).filter(([from]) => from !== UNKNOWN);
      assert.ok(lines.length > 10);
      for (const column of ["API server", "metadata service", "private addresses"] as const) {
        const reached = lines.filter(
          (cells) => !["–", ""].includes(cells[COLUMNS.indexOf(column)] ?? ""),
        );
        assert.deepEqual(reached, [], `${name}: ${column}`);
      }
    }
  });

  it("lets the pods of CloudNativePG, which are its operator's, out to the API server and each other", async () => {
    const objects = await of("dev", { database: { kind: "cloudnative-pg" } });
    const labels = { "app.kubernetes.io/name": "instance", "cnpg.io/cluster": "postgres" };
    const instance: Manifest = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "instance", namespace: "slipway-dev" },
      spec: { template: { metadata: { labels } } },
    };
    const lines = sentences(matrix([...objects, instance]));
    const [line] = lines.filter((text) => text.startsWith("instance "));
    const [api, all] = ["443 6443", "53 (TCP, UDP) 443 6443"];
    assert.equal(
      line,
      `instance → instance:5432 8000 | other pods ${api} | DNS ${all} | API server ${api} | private addresses ${api} | the internet ${api}`,
    );
  });

  it("lets out to a database in the own network at its block and port, and to nothing beside", async () => {
    const addresses = ["10.20.0.0/16"];
    const database = {
      kind: "external",
      host: "db.example.com",
      port: 6543,
      password: "p",
      addresses,
    };
    const lines = sentences(matrix(await of("dev", { database })));
    assert.deepEqual(
      lines.filter((line) => line.includes("|")),
      [
        "mlflow → object-store-seaweedfs:8333 | private addresses 6543",
        "postgres-exporter → – | private addresses 6543",
      ],
    );
  });

  it("lets OpenShift's routers in, and no other pod", async () => {
    const lines = sentences(matrix(await of("dev", { platform: "openshift", endpoint: ROUTE })));
    assert.ok(lines.includes("a pod of any other namespace → –"), lines.join("\n"));
    assert.ok(lines.includes("the internet → –"));
  });
});

describe("docs/security.md", () => {
  const page = readFileSync(join(ROOT, "docs", "security.md"), "utf8");

  it("has who may reach whom of each stack (else run `npm run docs`)", async () => {
    assert.equal(page, await securityPage(page));
  });

  it("can't lose their place unnoticed", async () => {
    await assert.rejects(securityPage("# Security"), /docs\/security\.md lacks the marks/);
  });
});
