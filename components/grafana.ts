import * as pulumi from "@pulumi/pulumi";
import { Credentials, loginVolume } from "./credentials.ts";
import type { Environment } from "./environment.ts";
import { FilesConfigMap } from "./files-config-map.ts";
import { DASHBOARD_FILES, dashboardFiles } from "./lib/dashboards.ts";
import { parseReference } from "./lib/image-reference.ts";
import { fixedName } from "./lib/options.ts";
import { environment, httpProbe, readOnly, scratch } from "./lib/pod.ts";
import { toYaml } from "./lib/yaml.ts";
import type { Prometheus } from "./prometheus.ts";
import { DATA_SOURCE, FIXED_RESOURCES, PORTS } from "./well-known.ts";
import { Workload } from "./workload.ts";

/** User of the official image. */
const UID = 472;

export interface GrafanaArgs {
  /** Where Grafana runs. */
  namespace: Environment;
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
    this.admin = new Credentials(
      `${name}-admin`,
      // Grafana keeps nothing, so that monitoring can be switched off in a protected stack, too.
      { namespace, of: name, username: "admin", keep: false },
      { parent: this },
    );
    const metadata = namespace.metadata(name, "monitoring", parseReference(image).tag);
    const config = new FilesConfigMap(metadata, provisioned(prometheus.url), fixedName(this));
    const { url } = new Workload(
      name,
      {
        namespace,
        component: "monitoring",
        image,
        uid: UID,
        port: { number: PORTS.grafana },
        server,
        volumes: [
          scratch("data", "256Mi"),
          config.volume("config"),
          loginVolume("admin", this.admin),
        ],
        reads: [config, this.admin],
        // People come through a port-forward.
        clients: false,
        reaches: [prometheus.access],
        dependsOn: [prometheus],
      },
      this,
    );
    this.url = url;
    this.registerOutputs({ url: this.url });
  }
}

/** The files that Grafana reads at its start, by name. */
function provisioned(prometheus: string): Record<string, string> {
  return {
    "datasources.yml": toYaml(dataSources(prometheus)),
    "providers.yml": toYaml(providers()),
    ...dashboardFiles(),
  };
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

const mount = (mountPath: string, subPath: string) => ({
  ...readOnly("config", mountPath),
  subPath,
});

const server = {
  name: "grafana",
  env: environment({
    GF_SECURITY_ADMIN_PASSWORD__FILE: "/run/secrets/admin/password",
    GF_ANALYTICS_REPORTING_ENABLED: "false",
    GF_ANALYTICS_CHECK_FOR_UPDATES: "false",
    GF_PLUGINS_PREINSTALL_DISABLED: "true",
    GF_USERS_ALLOW_SIGN_UP: "false",
  }),
  startupProbe: httpProbe("/api/health", { periodSeconds: 2, failureThreshold: 60 }),
  livenessProbe: httpProbe("/api/health", { periodSeconds: 20, failureThreshold: 6 }),
  readinessProbe: httpProbe("/api/health", { periodSeconds: 5 }),
  resources: FIXED_RESOURCES.grafana,
  volumeMounts: [
    { name: "data", mountPath: "/var/lib/grafana" },
    mount("/etc/grafana/provisioning/datasources/slipway.yml", "datasources.yml"),
    mount("/etc/grafana/provisioning/dashboards/slipway.yml", "providers.yml"),
    ...DASHBOARD_FILES.map((file) => mount(`/etc/grafana/dashboards/${file}`, file)),
    readOnly("admin", "/run/secrets/admin"),
  ],
};
