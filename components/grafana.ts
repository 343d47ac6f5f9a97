import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { DATA_SOURCE } from "../dashboards/panel.ts";
import { predictionApiDashboard } from "../dashboards/prediction-api.ts";
import { Credentials } from "./credentials.ts";
import { FilesConfigMap } from "./lib/files-config-map.ts";
import { labels } from "./lib/labels.ts";
import { policy } from "./lib/network.ts";
import { fixedName } from "./lib/options.ts";
import { container, httpProbe, podSpec, scratch } from "./lib/pod.ts";
import { toYaml } from "./lib/yaml.ts";
import type { PlatformNamespace } from "./platform-namespace.ts";
import type { Prometheus } from "./prometheus.ts";
import { PORTS } from "./well-known.ts";

const PORT = PORTS.grafana;
/** User of the official image. */
const UID = 472;

export interface GrafanaArgs {
  /** Where Grafana runs. */
  namespace: PlatformNamespace;
  /** The official image, by exact version. */
  image: string;
  /** Its one data source. */
  prometheus: Prometheus;
}

/**
 * Our own Grafana. It keeps nothing: data source, provider and dashboards are provisioned at every
 * start.
 */
export class Grafana extends pulumi.ComponentResource {
  /** In-cluster URL. */
  readonly url: pulumi.Output<string>;
  /** The account for people. */
  readonly admin: Credentials;

  constructor(name: string, args: GrafanaArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:monitoring:Grafana", name, {}, opts);
    const { namespace, image, prometheus } = args;
    const selector = namespace.selector(name);
    const child = fixedName(this);
    const metadata = {
      name,
      namespace: namespace.name,
      labels: labels(selector, "monitoring", image.split(":").at(-1)),
    };

    this.admin = new Credentials(
      `${name}-admin`,
      { namespace, of: name, username: "admin" },
      { parent: this },
    );
    const data = {
      "datasources.yml": toYaml(dataSources(prometheus.url)),
      "providers.yml": toYaml(providers()),
      "prediction-api.json": JSON.stringify(predictionApiDashboard, null, 2),
    };
    const config = new FilesConfigMap(metadata, data, child);
    const ports = [{ name: "http", port: PORT, targetPort: "http" }];
    const service = new k8s.core.v1.Service(name, { metadata, spec: { selector, ports } }, child);
    const spec = policy(selector, { egress: prometheus.access.egress });
    new k8s.networking.v1.NetworkPolicy(name, { metadata, spec }, child);

    const template = {
      metadata: {
        labels: { ...metadata.labels, ...prometheus.access.labels },
        annotations: config.checksum,
      },
      spec: podSpec(namespace.pods, {
        uid: UID,
        containers: [server(image)],
        volumes: [
          scratch(),
          scratch("data", "256Mi"),
          { name: "config", configMap: { name: config.metadata.name } },
          this.admin.volume("admin"),
        ],
      }),
    };
    new k8s.apps.v1.Deployment(
      name,
      { metadata, spec: { selector: { matchLabels: selector }, template } },
      { ...child, dependsOn: prometheus, customTimeouts: { create: "5m", update: "5m" } },
    );
    this.url = pulumi.interpolate`http://${service.metadata.name}.${namespace.name}:${PORT}`;
    this.registerOutputs({ url: this.url });
  }
}

function dataSources(url: string) {
  const source = {
    name: "Prometheus",
    uid: DATA_SOURCE,
    type: "prometheus",
    access: "proxy",
    url,
    isDefault: true,
  };
  return { apiVersion: 1, datasources: [source] };
}

function providers() {
  const provider = { name: "slipway", type: "file", options: { path: "/etc/grafana/dashboards" } };
  return { apiVersion: 1, providers: [provider] };
}

function server(image: string) {
  const mount = (mountPath: string, subPath: string) => ({
    name: "config",
    mountPath,
    subPath,
    readOnly: true,
  });
  return container({
    name: "grafana",
    image,
    env: Object.entries({
      GF_SECURITY_ADMIN_PASSWORD__FILE: "/run/secrets/admin/password",
      GF_ANALYTICS_REPORTING_ENABLED: "false",
      GF_ANALYTICS_CHECK_FOR_UPDATES: "false",
      GF_PLUGINS_PREINSTALL_DISABLED: "true",
      GF_USERS_ALLOW_SIGN_UP: "false",
    }).map(([key, value]) => ({ name: key, value })),
    ports: [{ name: "http", containerPort: PORT }],
    startupProbe: httpProbe("/api/health", { periodSeconds: 2, failureThreshold: 60 }),
    livenessProbe: httpProbe("/api/health", { periodSeconds: 20, failureThreshold: 6 }),
    readinessProbe: httpProbe("/api/health", { periodSeconds: 5 }),
    resources: { cpu: "50m", memory: "128Mi", memoryLimit: "512Mi" },
    volumeMounts: [
      { name: "data", mountPath: "/var/lib/grafana" },
      mount("/etc/grafana/provisioning/datasources/slipway.yml", "datasources.yml"),
      mount("/etc/grafana/provisioning/dashboards/slipway.yml", "providers.yml"),
      mount("/etc/grafana/dashboards/prediction-api.json", "prediction-api.json"),
      { name: "admin", mountPath: "/run/secrets/admin", readOnly: true },
    ],
  });
}
