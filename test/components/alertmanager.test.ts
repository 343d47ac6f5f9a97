import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { alertRules } from "../../components/lib/alert-rules.ts";
import { ROOT } from "../../tools/lib/paths.ts";
import { refused } from "../support/config.ts";
import { type Described, at, stack } from "../support/evaluation.ts";
import { WATCHED } from "../support/watched-models.ts";

const RECEIVERS = [
  { kind: "slack", url: "https://hooks.example.com/canary" },
  { kind: "pagerduty", routingKey: "canary-key", severity: "critical" },
  {
    ...{ kind: "email", to: "team@example.com", from: "slipway@example.com" },
    ...{
      host: "smtp.example.com",
      addresses: ["10.20.0.0/16"],
      port: 2525,
      username: "slipway",
      password: "canary-password",
    },
  },
  {
    kind: "webhook",
    url: "https://alerts.example.com:8443/in",
    addresses: ["public"],
    token: "canary-token",
  },
];
const told = (receivers: object[], more: object = {}) =>
  stack("dev", { monitoring: { alerts: { receivers }, ...more } });

describe("Alertmanager", () => {
  let described: Described;
  let config: unknown;
  before(async () => {
    described = await told(RECEIVERS);
    const files = at(described.object("Secret", "alertmanager"), "stringData");
    config = parse((files as Record<string, string>)["alertmanager.yml"] ?? "");
  });

  it("is not there unless somebody is to be told", async () => {
    const { objects } = await stack("dev");
    assert.deepEqual(
      objects.filter(({ metadata }) => metadata.name === "alertmanager"),
      [],
    );
  });

  it("tells each kind of receiver in its own way", () => {
    const [everybody, warnings] = at(config, "receivers") as Record<string, object[]>[];
    assert.equal(at(everybody, "slack_configs.0.api_url"), "https://hooks.example.com/canary");
    assert.equal(at(everybody, "pagerduty_configs.0.routing_key"), "canary-key");
    assert.equal(at(everybody, "email_configs.0.smarthost"), "smtp.example.com:2525");
    assert.equal(at(everybody, "email_configs.0.require_tls"), true);
    assert.equal(at(everybody, "email_configs.0.auth_password"), "canary-password");
    assert.equal(
      at(everybody, "webhook_configs.0.http_config.authorization.credentials"),
      "canary-token",
    );
    assert.deepEqual(Object.keys(warnings ?? {}), [
      ...["name", "slack_configs", "email_configs", "webhook_configs"],
    ]);
  });

  it("wakes somebody by critical alerts alone", () => {
    assert.equal(at(config, "route.receiver"), "warnings");
    assert.deepEqual(
      (at(config, "route.routes") as object[]).map((route) => [
        at(route, "matchers.0"),
        at(route, "receiver"),
      ]),
      [
        ['alertname="AlertTest"', "everybody"],
        ['severity="critical"', "everybody"],
      ],
    );
  });

  it("is let out to the servers of its receivers alone", () => {
    const egress = at(described.object("NetworkPolicy", "alertmanager"), "spec.egress") as object[];
    assert.deepEqual(
      egress.map((rule) => [at(rule, "ports.0.port"), at(rule, "to.0.ipBlock.cidr")]),
      [
        [443, "0.0.0.0/0"],
        [443, "0.0.0.0/0"],
        [2525, "10.20.0.0/16"],
        [8443, "0.0.0.0/0"],
      ],
    );
    for (const rule of [0, 1, 3]) {
      const except = at(egress[rule], "to.0.ipBlock.except") as string[];
      assert.ok(except.includes("10.0.0.0/8"));
    }
  });

  it("keeps its data on a claim of its own, by one pod at a time", () => {
    const claim = described.object("PersistentVolumeClaim", "alertmanager-data");
    assert.equal(at(claim, "spec.resources.requests.storage"), "1Gi");
    const server = described.object("StatefulSet", "alertmanager");
    const volumes = JSON.stringify(at(server, "spec.template.spec.volumes"));
    assert.match(volumes, /"claimName":"alertmanager-data"/);
  });

  it("keeps its claim through a destroy of a protected stack", async () => {
    const alerts = { receivers: RECEIVERS };
    const prod = await stack("prod", { monitoring: { alerts } });
    const { options } = prod.resource("PersistentVolumeClaim", "alertmanager");
    assert.deepEqual([options.protect, options.retainOnDelete], [true, true]);
  });

  it("keeps what opens a channel in its Secret", () => {
    const others = described.objects.filter(
      ({ kind, metadata }) => !(kind === "Secret" && metadata.name === "alertmanager"),
    );
    assert.doesNotMatch(JSON.stringify(others), /canary/);
  });

  it("starts anew with other receivers, and only it and Prometheus are touched by them", async () => {
    const other = await told(RECEIVERS.slice(1));
    const changed = described.objects.filter((object) => {
      const twin = other
        .kind(object.kind)
        .find(({ metadata }) => metadata.name === object.metadata.name);
      return JSON.stringify(twin) !== JSON.stringify(object);
    });
    assert.deepEqual(changed.map(({ kind, metadata }) => `${kind}/${metadata.name}`).sort(), [
      "NetworkPolicy/alertmanager",
      "Secret/alertmanager",
      "StatefulSet/alertmanager",
    ]);
  });

  it("is told by Prometheus, which says of which environment an alert is", () => {
    const prometheus = parse(described.files("prometheus")["prometheus.yml"] ?? "") as unknown;
    assert.deepEqual(at(prometheus, "alerting.alertmanagers.0.static_configs.0.targets"), [
      "alertmanager.slipway-dev.svc.cluster.local:9093",
    ]);
    assert.equal(at(prometheus, "global.external_labels.environment"), "slipway-dev");
  });

  it("is for our own Prometheus", () => {
    const monitoring = { kind: "operator", alerts: { receivers: RECEIVERS } };
    refused(
      { monitoring },
      /^monitoring\.alerts: is for our own Prometheus: with 'kind: operator'/,
    );
  });

  it("refuses a list of nobody, and a receiver that lacks what it needs", () => {
    refused({ monitoring: { alerts: { receivers: [] } } }, /receivers: names nobody/);
    refused(
      { monitoring: { alerts: { receivers: [{ kind: "slack" }] } } },
      /monitoring\.alerts\.receivers\.0\.url/,
    );
    refused(
      { monitoring: { alerts: { receivers: [{ kind: "webhook", url: "ftp://x.example.com" }] } } },
      /receivers\.0\.url: .*must be an https:\/\/ or http:\/\/ address/,
    );
  });
});

describe("docs/runbooks/alerts.md", () => {
  const page = readFileSync(join(ROOT, "docs/runbooks/alerts.md"), "utf8");
  const { groups } = alertRules({
    apis: [{ job: "iris-model-api", maxReplicas: 2 }],
    backups: { alertAfterHours: 1, drill: { alertAfterHours: 1 }, pointInTime: {} },
    database: { kind: "bundled", size: "5Gi" },
    endpoint: true,
    live: WATCHED,
    objectStore: "seaweedfs",
    sleeps: true,
    told: true,
  });
  const rules = groups.flatMap((group) => group.rules);

  it("has a section for each alert, and each alert leads to its own", () => {
    const sections = [...page.matchAll(/^## (\w+)$/gm)].map(([, name]) => name);
    const alerts = [...new Set(rules.map(({ alert }) => alert))];
    assert.deepEqual(sections.toSorted(), alerts.toSorted());
    for (const { alert, annotations } of rules) {
      assert.equal(annotations.runbook, `docs/runbooks/alerts.md#${alert.toLowerCase()}`);
    }
  });
});
