import assert from "node:assert/strict";
import { parse } from "yaml";
import { scheduleServer } from "../../tools/sleep-schedule/server.ts";
import { AskedHosts, askingMissing, certificateFor } from "../support/asked-hosts.ts";
import { refused } from "../support/config.ts";
import { type Described, at, stack } from "../support/evaluation.ts";

const INGRESS = { kind: "ingress", host: "ml.example.com", tls: { secretName: "tls" } };
const asked = (more: object = {}, keys: object = {}) =>
  stack("staging", { endpoint: { ...INGRESS, addresses: ["10.20.0.0/16"], ...more }, ...keys });
const HOSTS = ["", "mlflow.", "diabetes-model.", "iris-model.", "titanic-model."].map(
  (name) => `${name}ml.example.com`,
);
const LOGIN = {
  ...{ issuer: "https://id.example.com", addresses: ["public"], clientId: "slipway" },
  ...{ clientSecret: "secret", admins: ["ml-admins"] },
};

interface Job {
  job_name: string;
  static_configs: { targets: string[] }[];
}

function jobs(described: Described): Job[] {
  const config = parse(described.files("prometheus")["prometheus.yml"] ?? "") as unknown;
  return at(config, "scrape_configs") as Job[];
}

const targets = (described: Described, name: string) =>
  jobs(described).find(({ job_name: job }) => job === name)?.static_configs[0]?.targets;
const rules = (described: Described) => described.files("prometheus")["rules.yml"] ?? "";
const modules = (described: Described) =>
  at(parse(described.files("blackbox-exporter")["config.yml"] ?? ""), "modules");

describe("BlackboxExporter", () => {
  let described: Described;
  before(async () => {
    described = await asked();
  });

  it("is not there, nor are its alerts, unless a stack says where its hosts lead", async () => {
    const without = await stack("staging");
    const names = without.objects.map(({ metadata }) => metadata.name);
    assert.ok(!names.includes("blackbox-exporter"));
    assert.doesNotMatch(rules(without), /EndpointDown|CertificateEnding/);
  });

  it("asks page, MLflow and each API by their public names, and each host for its certificate", () => {
    const [page = "", mlflow = "", ...apis] = HOSTS;
    assert.deepEqual(targets(described, "endpoint"), [
      `https://${page}/health`,
      `https://${mlflow}/health`,
      ...apis.map((host) => `https://${host}/ready`),
    ]);
    const servers = HOSTS.map((host) => `${host}:443`);
    assert.deepEqual(targets(described, "certificate"), servers);
    assert.deepEqual(
      jobs(described).find(({ job_name: job }) => job === "certificate"),
      {
        job_name: "certificate",
        metrics_path: "/probe",
        params: { module: ["certificate"] },
        static_configs: [{ targets: servers }],
        relabel_configs: [
          { source_labels: ["__address__"], target_label: "__param_target" },
          { source_labels: ["__address__"], target_label: "instance" },
          {
            target_label: "__address__",
            replacement: "blackbox-exporter.slipway-staging.svc.cluster.local:9115",
          },
        ],
      },
    );
  });

  it("asks only paths that callers reach", () => {
    const host = "iris-model.ml.example.com";
    const url = targets(described, "endpoint")?.find((one) => one.includes(host)) ?? "";
    const open = at(described.object("Ingress", "iris-model-api"), "spec.rules.0.http.paths");
    assert.ok(
      (open as { path: string }[]).some(({ path }) => path === new URL(url).pathname),
      url,
    );
  });

  it("asks the login, where one is before MLflow and the page", async () => {
    const [page, mlflow] = targets(await asked({}, { login: LOGIN }), "endpoint") ?? [];
    const expected = ["https://ml.example.com/ping", "https://mlflow.ml.example.com/ping"];
    assert.deepEqual([page, mlflow], expected);
  });

  it("checks certificates as callers do, and looks at those that it would not trust too", async () => {
    const endpoint = {
      ...{ preferred_ip_protocol: "ip4", follow_redirects: false, valid_status_codes: [200] },
    };
    assert.deepEqual(modules(described), {
      endpoint: { prober: "http", http: endpoint },
      certificate: {
        prober: "tcp",
        tcp: {
          preferred_ip_protocol: "ip4",
          tls: true,
          tls_config: { insecure_skip_verify: true },
        },
      },
    });
    const { cert: ca } = certificateFor(30);
    const own = await asked({ tls: { secretName: "tls", ca } });
    assert.equal(own.files("blackbox-exporter")["ca.crt"], ca);
    const file = "/etc/blackbox_exporter/ca.crt";
    assert.equal(at(modules(own), "endpoint.http.tls_config.ca_file"), file);
  });

  it("is let out to where the hosts lead, at 443, and to the pods that let people in", async () => {
    const egress = (of: Described) =>
      (at(of.object("NetworkPolicy", "blackbox-exporter"), "spec.egress") as object[]).filter(
        (rule) => !JSON.stringify(rule).includes("kube-dns"),
      );
    const https = [{ protocol: "TCP", port: 443 }];
    const block = { to: [{ ipBlock: { cidr: "10.20.0.0/16" } }], ports: https };
    assert.deepEqual(egress(described).slice(0, 1), [block]);
    assert.ok(!JSON.stringify(egress(described)).includes("ingress-system"));
    const named = await asked({ controllerNamespace: "ingress-system" });
    const pods = { matchLabels: { "kubernetes.io/metadata.name": "ingress-system" } };
    assert.deepEqual(egress(named).slice(0, 2), [block, { to: [{ namespaceSelector: pods }] }]);
    const openshift = await asked({ kind: "openshiftRoute" }, { platform: "openshift" });
    assert.match(JSON.stringify(egress(openshift)), /policy-group.network.openshift.io.ingress/);
  });

  it("is scraped by the operator's Prometheus through its own Service, so that what sleeps is not called down", async () => {
    const operator = await asked({}, { monitoring: { kind: "operator" } });
    const endpoints = at(operator.object("ServiceMonitor", "blackbox-exporter"), "spec.endpoints");
    assert.equal((endpoints as object[]).length, 2 * HOSTS.length);
    assert.deepEqual((endpoints as object[])[0], {
      ...{ port: "http", path: "/probe", interval: "15s" },
      params: { module: ["endpoint"], target: ["https://ml.example.com/health"] },
      relabelings: [
        { targetLabel: "job", replacement: "endpoint" },
        { targetLabel: "instance", replacement: "https://ml.example.com/health" },
      ],
    });
    assert.match(JSON.stringify(operator.object("PrometheusRule", "monitoring")), /EndpointDown/);
    const policy = operator.object("NetworkPolicy", "blackbox-exporter-monitor");
    assert.match(JSON.stringify(policy), /"monitoring".*9115/);
  });

  it("has nothing to ask without TLS or without hosts, and says so", () => {
    const addresses = ["public"];
    const needless = /^endpoint\.addresses: is for hosts with TLS/;
    refused({ endpoint: { kind: "nodePort", addresses } }, needless);
    refused({ endpoint: { kind: "ingress", host: "ml.example.com", addresses } }, needless);
    const every = { ...INGRESS, addresses: ["0.0.0.0/0"] };
    refused({ endpoint: every }, /^endpoint\.addresses\.0: is every address/);
  });

  it("refuses an authority that nothing would look at, and what is none", () => {
    const { cert: ca } = certificateFor(30);
    const tls = { secretName: "tls", ca };
    refused({ endpoint: { ...INGRESS, tls } }, /^endpoint\.tls\.ca: is for monitoring/);
    const broken = { ...INGRESS, addresses: ["public"], tls: { ...tls, ca: "none" } };
    refused({ endpoint: broken }, /^endpoint\.tls\.ca: holds no certificate/);
  });
});

describe("hosts with TLS, asked by the real exporter for a real Prometheus", function () {
  this.timeout(180_000);
  const reason = askingMissing();
  if (reason !== undefined) {
    it.skip(`cannot be asked: ${reason}`);
    return;
  }
  const world = new AskedHosts();
  const woken: string[] = [];
  let fires: Record<string, string[]>;
  let hosts: Record<"good" | "ending" | "stranger" | "plain" | "asleep", string>;

  before(async () => {
    const [ending, good] = [certificateFor(3), certificateFor(60)];
    const well: Parameters<AskedHosts["host"]>[0] = (_, response) => response.end("well");
    // What answers in the place of what sleeps.
    const state = { environment: "slipway-staging", state: "asleep", retryAfter: 60, next: {} };
    const schedule = scheduleServer(
      {
        wakesOnRequest: true,
        state: () => Promise.resolve(state as never),
        ask: (want) => Promise.resolve(void woken.push(want)),
      },
      "token",
    );
    hosts = {
      good: await world.host(well, good),
      ending: await world.host(well, ending),
      stranger: await world.host(well, certificateFor(3)),
      plain: await world.host(well),
      asleep: await world.host((...both) => schedule.emit("request", ...both), good),
    };
    const tls = { secretName: "tls", ca: good.cert + ending.cert };
    await world.start(await asked({ tls }), Object.values(hosts));
    fires = await world.firing(Object.values(hosts));
  });
  after(() => world.stop());

  const both = ["CertificateEnding critical", "CertificateEnding warning"];

  it("says nothing of one that answers with a certificate of 60 days", () => {
    assert.deepEqual(fires[hosts.good], []);
  });

  it("tells of a certificate that ends in three days", () => {
    assert.deepEqual(fires[hosts.ending], both);
  });

  it("tells of a certificate that no caller trusts, and of its end too", () => {
    assert.deepEqual(fires[hosts.stranger], [...both, "EndpointDown critical"]);
  });

  it("tells of one that has no certificate at all", () => {
    assert.deepEqual(fires[hosts.plain], ["EndpointDown critical"]);
  });

  it("calls it down where it answers other than well for long, and wakes nobody by asking", () => {
    assert.deepEqual(fires[hosts.asleep], ["EndpointDown critical"]);
    assert.deepEqual(woken, []);
  });
});
