import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { predictionApiDashboard } from "../dashboards/prediction-api.ts";
import type { StackConfig } from "./config/schema.ts";
import { Grafana } from "./grafana.ts";
import { alertRules } from "./lib/alert-rules.ts";
import { labels } from "./lib/labels.ts";
import { namespace as inNamespace, policy, tcp } from "./lib/network.ts";
import { fixedName } from "./lib/options.ts";
import type { PlatformNamespace } from "./platform-namespace.ts";
import type { ApiPlace } from "./prediction-api.ts";
import { Prometheus, watched } from "./prometheus.ts";

export interface MonitoringArgs {
  /** Where the figures are collected. */
  namespace: PlatformNamespace;
  /** Our own Prometheus and Grafana, or objects for the Prometheus Operator. */
  settings: StackConfig["monitoring"];
  /** Images of Prometheus and Grafana. */
  images: { prometheus: string; grafana: string };
  /** The APIs to watch. */
  apis: ApiPlace[];
}

/** Figures, alerts and dashboards of the prediction APIs. */
export class Monitoring extends pulumi.ComponentResource {
  /** Our own Prometheus, with `bundled`. */
  readonly prometheus: Prometheus | undefined;
  /** Our own Grafana, with `bundled`. */
  readonly grafana: Grafana | undefined;

  constructor(name: string, args: MonitoringArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:monitoring:Monitoring", name, {}, opts);
    const { namespace, settings, images, apis } = args;
    const child = { parent: this };

    if (settings.kind === "bundled") {
      const { retentionDays, size } = settings;
      const server = { namespace, image: images.prometheus, apis, retentionDays, size };
      this.prometheus = new Prometheus("prometheus", server, child);
      if (settings.grafana) {
        const page = { namespace, image: images.grafana, prometheus: this.prometheus };
        this.grafana = new Grafana("grafana", page, child);
      }
    } else if (settings.kind === "operator") {
      this.operatorObjects(name, namespace, settings.namespace, apis);
    }
    this.registerOutputs({});
  }

  /**
   * What the Prometheus Operator and Grafana's sidecar look for; both run in the namespace `from`.
   */
  private operatorObjects(
    name: string,
    namespace: PlatformNamespace,
    from: string,
    apis: ApiPlace[],
  ): void {
    const child = fixedName(this);
    const metadata = {
      name,
      namespace: namespace.name,
      labels: labels(namespace.selector(name), "monitoring"),
    };
    for (const { service } of apis) {
      const own = { ...metadata, name: service.name };
      const spec = {
        // The Service of a node port wears the same name, not the same role.
        selector: {
          matchLabels: { ...service.selector, "app.kubernetes.io/component": "serving" },
        },
        endpoints: [{ port: "http", path: "/metrics", interval: "15s" }],
        jobLabel: "app.kubernetes.io/name",
      };
      new k8s.apiextensions.CustomResource(
        `${service.name}-monitor`,
        { apiVersion: "monitoring.coreos.com/v1", kind: "ServiceMonitor", metadata: own, spec },
        child,
      );
      const ingress = [{ from: [inNamespace(from)], ports: [tcp(service.port)] }];
      new k8s.networking.v1.NetworkPolicy(
        `${service.name}-monitor`,
        {
          metadata: { ...own, name: `${service.name}-monitor` },
          spec: { ...policy(service.selector, { ingress }), policyTypes: ["Ingress"] },
        },
        child,
      );
    }
    new k8s.apiextensions.CustomResource(
      `${name}-rules`,
      {
        apiVersion: "monitoring.coreos.com/v1",
        kind: "PrometheusRule",
        metadata,
        spec: alertRules(watched(apis)),
      },
      child,
    );
    const data = { "prediction-api.json": JSON.stringify(predictionApiDashboard, null, 2) };
    const sidecar = { ...metadata, labels: { ...metadata.labels, grafana_dashboard: "1" } };
    new k8s.core.v1.ConfigMap(`${name}-dashboard`, { metadata: sidecar, data }, child);
  }
}
