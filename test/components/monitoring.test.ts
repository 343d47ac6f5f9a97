import assert from "node:assert/strict";
import { parse } from "yaml";
import { Monitoring, type MonitoringArgs } from "../../components/monitoring.ts";
import { apiReference } from "../../components/prediction-api.ts";
import {
  type Described,
  at,
  components,
  environment,
  stack,
  testNamespace,
} from "../support/evaluation.ts";

const images = {
  prometheus: "docker.io/prom/prometheus:v3.13.3",
  grafana: "docker.io/grafana/grafana:13.2.3",
};
const bundled = {
  kind: "bundled",
  grafana: true,
  retentionDays: 15,
  size: "5Gi",
  namespace: "monitoring",
} as const;

function evaluate(settings: MonitoringArgs["settings"]): Promise<Described> {
  return components(() => {
    const namespace = testNamespace();
    const apis = [apiReference("iris-model-api", namespace, 4)];
    const { prometheus, grafana } = new Monitoring("monitoring", {
      namespace,
      settings,
      images,
      apis,
    });
    return { running: [prometheus ? "prometheus" : "", grafana ? "grafana" : ""] };
  });
}

function file(described: Described, map: string, name: string): unknown {
  return parse(described.files(map)[name] ?? "");
}

const names = (of: Described, kind: string) => of.kind(kind).map(({ metadata }) => metadata.name);

describe("Monitoring", () => {
  let described: Described;
  before(async () => {
    described = await evaluate(bundled);
  });

  it("finds every replica by DNS, without a token", () => {
    const scraped = at(file(described, "prometheus", "prometheus.yml"), "scrape_configs");
    assert.deepEqual((scraped as object[]).slice(0, 1), [
      {
        job_name: "iris-model-api",
        dns_sd_configs: [
          {
            names: ["iris-model-api-pods.slipway-test.svc.cluster.local"],
            type: "A",
            port: 8000,
            refresh_interval: "15s",
          },
        ],
      },
    ]);
    const pods = described.object("Service", "iris-model-api-pods");
    assert.equal(at(pods, "spec.clusterIP"), "None");
    assert.equal(at(pods, "spec.publishNotReadyAddresses"), true);
  });

  it("warns of what a person must know", () => {
    const rules = at(file(described, "prometheus", "rules.yml"), "groups.0.rules") as {
      alert: string;
      expr: string;
    }[];
    assert.deepEqual(
      rules.map(({ alert }) => alert),
      [
        "PredictionApiDown",
        "AutoscalerAtMaximum",
        "ErrorBudgetBurnsFast",
        "ErrorBudgetBurnsSlowly",
        "TrainingFailed",
        "TrainingRejected",
        "PredictionApiSlow",
        "FeatureDrift",
        "ModelRefused",
        "ModelFallback",
        "RegistryUnreachable",
      ],
    );
    assert.equal(rules[1]?.expr, 'sum(up{job="iris-model-api"}) >= 4');
    const drift = rules.find(({ alert }) => alert === "FeatureDrift");
    assert.match(drift?.expr ?? "", /slipway_feature_drift_psi\) > 0\.2/);
  });

  it("starts Prometheus anew with another configuration", async () => {
    const mounted = (found: Described) => {
      const annotations = at(
        found.object("StatefulSet", "prometheus"),
        "spec.template.metadata.annotations",
      ) as Record<string, string>;
      return annotations["checksum/files"];
    };
    const other = await components(() => {
      const namespace = testNamespace();
      const apis = [apiReference("titanic-model-api", namespace, 4)];
      new Monitoring("monitoring", { namespace, settings: bundled, images, apis });
      return {};
    });
    assert.ok(mounted(described));
    assert.notEqual(mounted(other), mounted(described));
  });

  it("stays within its volume", () => {
    const args = at(
      described.object("StatefulSet", "prometheus"),
      "spec.template.spec.containers.0.args",
    ) as string[];
    assert.ok(args.includes("--storage.tsdb.retention.time=15d"));
    assert.ok(args.includes("--storage.tsdb.retention.size=3840MB"));
    assert.ok(args.includes("--rules.alert.for-outage-tolerance=72h"));
  });

  it("provisions Grafana with data source, provider and dashboards", () => {
    assert.equal(
      at(file(described, "grafana", "datasources.yml"), "datasources.0.url"),
      "http://prometheus.slipway-test:9090",
    );
    assert.equal(
      at(file(described, "grafana", "providers.yml"), "providers.0.options.path"),
      "/etc/grafana/dashboards",
    );
    for (const page of ["prediction-api", "platform"]) {
      assert.equal(at(file(described, "grafana", `${page}.json`), "uid"), `slipway-${page}`);
      const mounts = at(
        described.object("Deployment", "grafana"),
        "spec.template.spec.containers.0.volumeMounts",
      ) as { mountPath: string }[];
      assert.ok(
        mounts.some(({ mountPath }) => mountPath === `/etc/grafana/dashboards/${page}.json`),
      );
    }
  });

  it("keeps Grafana behind a generated password", () => {
    const env = environment(described.object("Deployment", "grafana"));
    assert.equal(env["GF_SECURITY_ADMIN_PASSWORD__FILE"], "/run/secrets/admin/password");
  });

  it("runs without Grafana where that is switched off", async () => {
    const without = await evaluate({ ...bundled, grafana: false });
    assert.deepEqual(names(without, "Deployment"), ["pushgateway"]);
    assert.deepEqual(without.outputs["running"], ["prometheus", ""]);
  });

  it("makes objects for the Prometheus Operator instead", async () => {
    const operator = await evaluate({ ...bundled, kind: "operator" });
    assert.deepEqual(names(operator, "Deployment"), ["pushgateway"]);
    assert.deepEqual(names(operator, "StatefulSet"), []);
    const monitor = operator.object("ServiceMonitor", "iris-model-api");
    assert.deepEqual(at(monitor, "spec.endpoints"), [
      { port: "http", path: "/metrics", interval: "15s" },
    ]);
    const [group, ...more] = at(operator.object("PrometheusRule", "monitoring"), "spec.groups") as {
      rules: { labels: Record<string, string> }[];
    }[];
    assert.deepEqual(more, []);
    const { namespace } = operator.object("ServiceMonitor", "iris-model-api").metadata;
    for (const { labels } of group?.rules ?? []) assert.equal(labels["namespace"], namespace);
    assert.equal(
      at(operator.object("ConfigMap", "monitoring").metadata, "labels.grafana_dashboard"),
      "1",
    );
    assert.deepEqual(Object.keys(operator.files("monitoring")).sort(), [
      "platform.json",
      "prediction-api.json",
    ]);
    assert.match(
      JSON.stringify(
        at(operator.object("NetworkPolicy", "iris-model-api-monitor"), "spec.ingress"),
      ),
      /"monitoring"/,
    );
  });

  it("is nothing when it is off", async () => {
    const off = await evaluate({ ...bundled, kind: "off" });
    assert.deepEqual(
      off.resources.filter(({ parents }) => parents.includes("slipway:monitoring:Monitoring")),
      [],
    );
  });

  describe("of our own database and store", () => {
    const external = { kind: "external", addresses: ["10.20.0.0/16"] };
    const jobs = (found: Described) =>
      at(file(found, "prometheus", "prometheus.yml"), "scrape_configs") as {
        job_name: string;
        metrics_path?: string;
      }[];
    let ours: Described;
    before(async () => {
      ours = await stack("dev");
    });

    it("asks them by an exporter, and the store itself", () => {
      const asked = jobs(ours).filter(({ job_name: job }) => /postgres|store/.test(job));
      assert.deepEqual(asked, [
        {
          job_name: "postgres-exporter",
          static_configs: [{ targets: ["postgres-exporter.slipway-dev.svc.cluster.local:9187"] }],
        },
        {
          job_name: "object-store-seaweedfs",
          static_configs: [
            { targets: ["object-store-seaweedfs.slipway-dev.svc.cluster.local:9327"] },
          ],
          metrics_path: "/metrics",
        },
      ]);
      const out = JSON.stringify(at(ours.object("NetworkPolicy", "prometheus"), "spec.egress"));
      assert.match(out, /"port":9327/);
      assert.doesNotMatch(out, /"port":8333/);
    });

    it("asks a MinIO as well, which needs no token for it", async () => {
      const minio = await stack("dev", { objectStore: { kind: "minio" } });
      const asked = jobs(minio).filter(({ job_name: job }) => job.includes("store"));
      assert.deepEqual(asked, [
        {
          job_name: "object-store",
          static_configs: [{ targets: ["object-store.slipway-dev.svc.cluster.local:9000"] }],
          metrics_path: "/minio/v2/metrics/cluster",
        },
      ]);
      const store = environment(minio.object("StatefulSet", "object-store"));
      assert.equal(store["MINIO_PROMETHEUS_AUTH_TYPE"], "public");
      const rules = file(minio, "prometheus", "rules.yml");
      assert.match(JSON.stringify(rules), /minio_cluster_health_status/);
      assert.doesNotMatch(JSON.stringify(rules), /SeaweedFS/);
    });

    it("gives the exporter a role that sees no data, by a certificate that it checks", () => {
      const exporter = ours.object("Deployment", "postgres-exporter");
      const env = environment(exporter);
      assert.deepEqual(env, {
        ...env,
        DATA_SOURCE_URI:
          "postgres:5432/postgres?sslmode=verify-full&sslrootcert=/run/secrets/database/ca.crt",
        DATA_SOURCE_USER: "monitor",
        DATA_SOURCE_PASS_FILE: "/run/secrets/database/password",
      });
      const volumes = at(exporter, "spec.template.spec.volumes") as { name: string }[];
      const login = volumes.find(({ name }) => name === "database");
      assert.equal(at(login, "secret.secretName"), "postgres-monitor");
      const account = at(ours.object("Secret", "postgres-monitor"), "stringData.username");
      assert.equal(account, "monitor");
    });

    it("asks a store of others nothing, watches their database by MLflow's account, and tells of no volume of theirs", async () => {
      const theirs = await stack("dev", {
        database: { ...external, host: "db.example.com", password: "p" },
        objectStore: {
          ...external,
          ...{ endpoint: "https://s3.example.com", bucket: "abc", accessKey: "a", secretKey: "s" },
        },
      });
      const asked = jobs(theirs).filter(({ job_name: job }) => /postgres|store/.test(job));
      assert.deepEqual(
        asked.map(({ job_name: job }) => job),
        ["postgres-exporter"],
      );
      const rules = theirs.files("prometheus")["rules.yml"] ?? "";
      assert.match(rules, /PostgresDown/);
      assert.match(rules, /kubectl logs deployment\/postgres-exporter/);
      assert.doesNotMatch(rules, /minio_|SeaweedFS_|Volume/);
    });

    it("tells of the volume of CloudNativePG, by the size in the stack file", async () => {
      const cluster = await stack("dev", { database: { kind: "cloudnative-pg", size: "8Gi" } });
      const found = at(file(cluster, "prometheus", "rules.yml"), "groups.0.rules") as {
        expr: string;
        labels: { volume?: string };
      }[];
      const full = found.filter(({ labels }) => labels.volume === "postgres-cluster");
      assert.equal(full.length, 2);
      for (const { expr } of full) assert.ok(expr.includes(`/ ${8 * 2 ** 30}`), expr);
    });

    it("restarts neither where monitoring is switched off", async () => {
      const off = await stack("dev", { monitoring: { kind: "off" } });
      assert.ok(!names(off, "Deployment").includes("postgres-exporter"));
      for (const name of ["postgres", "object-store-seaweedfs"])
        assert.deepEqual(
          at(off.object("StatefulSet", name), "spec"),
          at(ours.object("StatefulSet", name), "spec"),
        );
    });

    it("lets the operator's Prometheus in to both", async () => {
      const operator = await stack("dev", { monitoring: { kind: "operator" } });
      const endpoints = (name: string) =>
        at(operator.object("ServiceMonitor", name), "spec.endpoints");
      const every = { port: "http", interval: "15s" };
      assert.deepEqual(endpoints("postgres-exporter"), [{ ...every, path: "/metrics" }]);
      assert.deepEqual(endpoints("object-store-seaweedfs"), [
        { ...every, port: "metrics", path: "/metrics" },
      ]);
      for (const name of ["postgres-exporter", "object-store-seaweedfs"])
        assert.match(
          JSON.stringify(operator.object("NetworkPolicy", `${name}-monitor`)),
          /"monitoring"/,
        );
    });
  });

  it("nests Prometheus and Grafana below itself", () => {
    assert.deepEqual(described.resource("Prometheus", "prometheus").parents, [
      "slipway:monitoring:Monitoring",
    ]);
    assert.deepEqual(described.resource("Grafana", "grafana").parents, [
      "slipway:monitoring:Monitoring",
    ]);
  });
});
