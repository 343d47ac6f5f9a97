import * as pulumi from "@pulumi/pulumi";
import { Credentials, loginVolume } from "./credentials.ts";
import type { ExposedService } from "./endpoint.ts";
import type { Environment } from "./environment.ts";
import { FilesConfigMap } from "./files-config-map.ts";
import { type GrafanaLogin, tokenVariables } from "./grafana-login.ts";
import { DASHBOARD_FILES, dashboardFiles } from "./lib/dashboards.ts";
import { parseReference } from "./lib/image-reference.ts";
import type { Access } from "./lib/network.ts";
import { fixedName } from "./lib/options.ts";
import { environment, readOnly, scratch, upOrDown } from "./lib/pod.ts";
import { toYaml } from "./lib/yaml.ts";
import type { Prometheus } from "./prometheus.ts";
import { DATA_SOURCE, FIXED_RESOURCES, PORTS } from "./well-known.ts";
import { Workload } from "./workload.ts";

/** User of the official image. */
const UID = 472;
const HEALTH = "/api/health";

export interface GrafanaArgs {
  /** Where Grafana runs. */
  namespace: Environment;
  /** The official image, by exact version. */
  image: string;
  /** Its one data source. */
  prometheus: Prometheus;
  /** How people come to it. @default by a port-forward alone, with its password */
  people?: GrafanaLogin | undefined;
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
  /** Access to it through the network policies, where people come to it. */
  readonly access: Access;
  /** What an endpoint leads to. */
  readonly service: ExposedService;

  constructor(name: string, args: GrafanaArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:monitoring:Grafana", name, {}, opts);
    const { namespace, image, prometheus, people } = args;
    this.admin = new Credentials(
      `${name}-admin`,
      // Grafana keeps nothing, so that monitoring can be switched off in a protected stack, too.
      { namespace, of: name, username: "admin", keep: false },
      { parent: this },
    );
    const metadata = namespace.metadata(name, "monitoring", parseReference(image).tag);
    const config = new FilesConfigMap(metadata, provisioned(prometheus.url), fixedName(this));
    const { url, service, access } = new Workload(
      name,
      {
        namespace,
        component: "monitoring",
        image,
        uid: UID,
        port: { number: PORTS.grafana },
        server: server(people ? tokenVariables(people, this) : {}),
        volumes: [
          scratch("data", "256Mi"),
          config.volume("config"),
          loginVolume("admin", this.admin),
        ],
        reads: [config, this.admin],
        // People come through a port-forward, or through a login.
        clients: people !== undefined,
        reaches: [prometheus.access, ...(people?.login.keys ? [people.login.keys] : [])],
        dependsOn: [prometheus],
      },
      this,
    );
    this.url = url;
    this.access = access;
    this.service = { ...service, health: HEALTH };
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

const server = (more: Record<string, string>) => ({
  name: "grafana",
  env: environment({
    GF_SECURITY_ADMIN_PASSWORD__FILE: "/run/secrets/admin/password",
    GF_ANALYTICS_REPORTING_ENABLED: "false",
    GF_ANALYTICS_CHECK_FOR_UPDATES: "false",
    GF_PLUGINS_PREINSTALL_DISABLED: "true",
    GF_USERS_ALLOW_SIGN_UP: "false",
    ...more,
  }),
  ...upOrDown(HEALTH, { periodSeconds: 2, failureThreshold: 60 }),
  resources: FIXED_RESOURCES.grafana,
  volumeMounts: [
    { name: "data", mountPath: "/var/lib/grafana" },
    mount("/etc/grafana/provisioning/datasources/slipway.yml", "datasources.yml"),
    mount("/etc/grafana/provisioning/dashboards/slipway.yml", "providers.yml"),
    ...DASHBOARD_FILES.map((file) => mount(`/etc/grafana/dashboards/${file}`, file)),
    readOnly("admin", "/run/secrets/admin"),
  ],
});
