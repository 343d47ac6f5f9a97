import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Alertmanager } from "./alertmanager.ts";
import { BlackboxExporter, type BlackboxExporterArgs, PROBE } from "./blackbox-exporter.ts";
import { defaults } from "./config/defaults.ts";
import type { StackArgs, StackConfig } from "./config/schema.ts";
import { settledPart } from "./config/settled.ts";
import { type Environment, type Metadata, type Namespace, environmentOf } from "./environment.ts";
import { Grafana } from "./grafana.ts";
import type { GrafanaLogin } from "./grafana-login.ts";
import { alertRules } from "./lib/alert-rules.ts";
import type { WatchedBackups } from "./lib/backup-rules.ts";
import { dashboardFiles } from "./lib/dashboards.ts";
import type { WatchedModel } from "./lib/live-rules.ts";
import { type ServiceReference, letIn, namespace as inNamespace, tcp } from "./lib/network.ts";
import { fixedName } from "./lib/options.ts";
import { STORE_METRICS } from "./lib/store-rules.ts";
import type { ObjectStore, WatchedStore } from "./object-store.ts";
import { PostgresExporter } from "./postgres-exporter.ts";
import type { Postgres, WatchedDatabase } from "./postgres.ts";
import type { ApiReference } from "./prediction-api.ts";
import { Prometheus, SCHEDULE_METRICS, watched } from "./prometheus.ts";
import { Pushgateway } from "./pushgateway.ts";
import type { ScheduleReference } from "./sleep-schedule.ts";
import { SLEEP_SCHEDULE } from "./well-known.ts";

type Images = Pick<StackConfig["images"], "prometheus" | "grafana"> &
  Partial<
    Pick<
      StackConfig["images"],
      "pushgateway" | "alertmanager" | "postgresExporter" | "blackboxExporter"
    >
  >;

export interface MonitoringArgs {
  /** Where the metrics are collected. */
  namespace: Namespace;
  /** Our own Prometheus and Grafana, or objects for the Prometheus Operator. @default our own */
  settings?: NonNullable<StackArgs["monitoring"]> | undefined;
  /** Images of Prometheus, Grafana, the Pushgateway, Alertmanager and the exporters, by exact version. @default those of the configuration */
  images?: Images;
  /** The APIs to watch. */
  apis: ApiReference[];
  /** Models whose predictions are judged, or that answer in batches, and when. @default there are none */
  live?: readonly WatchedModel[];
  /** The database to watch. @default none is watched */
  database?: Pick<Postgres, "watched">;
  /** The object store to watch, where it is our own server. @default none is watched */
  objectStore?: Pick<ObjectStore, "watched">;
  /** How callers reach the platform, and an address of each host that answers 200 without a login. @default hosts are not watched */
  endpoint?: Pick<BlackboxExporterArgs, "settings" | "urls"> | undefined;
  /** What puts the environment to sleep and wakes it. @default nothing does */
  schedule?: ScheduleReference | undefined;
  /** When backups are worth an alert; they push their metrics. @default there are none */
  backups?: WatchedBackups | undefined;
  /** How people come to our own Grafana. @default by a port-forward alone */
  people?: GrafanaLogin | undefined;
}

/** Metrics, alerts and dashboards of the prediction APIs and what they stand on. */
export class Monitoring extends pulumi.ComponentResource {
  /** Our own Prometheus, with `bundled`. */
  readonly prometheus: Prometheus | undefined;
  /** Our own Grafana, with `bundled`. */
  readonly grafana: Grafana | undefined;
  /** Where Jobs push their metrics. */
  readonly pushgateway: Pushgateway | undefined;

  constructor(name: string, args: MonitoringArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:monitoring:Monitoring", name, {}, opts);
    const settings = settledPart("monitoring", args.settings, this);
    const namespace = environmentOf(args.namespace, name, this);
    const { apis, live = [], images = defaults.images, backups, schedule, people } = args;
    const database = args.database?.watched;
    const objectStore = args.objectStore?.watched;
    let exporter: PostgresExporter | undefined;
    let blackbox: BlackboxExporter | undefined;
    if (settings.kind !== "off") {
      const gateway = { namespace, image: images.pushgateway ?? defaults.images.pushgateway };
      this.pushgateway = new Pushgateway(gateway, { parent: this });
      if (database) {
        const image = images.postgresExporter ?? defaults.images.postgresExporter;
        const watching = { namespace, image, database };
        exporter = new PostgresExporter("postgres-exporter", watching, { parent: this });
      }
      if (args.endpoint) {
        const image = images.blackboxExporter ?? defaults.images.blackboxExporter;
        const asking = { namespace, image, ...args.endpoint };
        blackbox = new BlackboxExporter("blackbox-exporter", asking, { parent: this });
      }
    }
    const { pushgateway } = this;
    const stores = { database, exporter, blackbox, objectStore };
    const jobs = { backups, pushgateway, schedule };
    const resolved = { namespace, settings, images, apis, live, people, ...jobs, ...stores };

    const { prometheus, grafana } = settings.kind === "bundled" ? this.#bundled(resolved) : {};
    this.prometheus = prometheus;
    this.grafana = grafana;
    if (settings.kind === "operator") this.#operated(name, resolved);
    this.registerOutputs({ prometheus: prometheus?.url, grafana: grafana?.url });
  }

  /** Our own servers. */
  #bundled({ namespace, settings, images, people, ...watched }: Resolved): Servers {
    const child = { parent: this };
    const { retentionDays, size } = settings;
    const server = { namespace, image: images.prometheus, retentionDays, size };
    const alertmanager = this.#told({ namespace, settings, images });
    const prometheus = new Prometheus("prometheus", { ...server, ...watched, alertmanager }, child);
    if (!settings.grafana) return { prometheus };
    const page = { namespace, image: images.grafana, prometheus, people };
    return { prometheus, grafana: new Grafana("grafana", page, child) };
  }

  /** Who tells people of alerts. */
  #told({ namespace, settings, images }: Told): Alertmanager | undefined {
    if (settings.alerts === undefined) return undefined;
    const image = images.alertmanager ?? defaults.images.alertmanager;
    const args = { namespace, image, receivers: settings.alerts.receivers };
    return new Alertmanager("alertmanager", args, { parent: this });
  }

  /** What the Prometheus Operator and Grafana's sidecar look for; both run in a namespace of theirs. */
  #operated(name: string, resolved: Resolved): void {
    const { namespace, settings, apis, live, backups, pushgateway } = resolved;
    const { database, exporter, blackbox, objectStore, schedule } = resolved;
    const metadata = namespace.metadata(name, "monitoring");
    for (const { service } of apis)
      this.#watch(service, metadata, settings.namespace, { component: "serving" });
    if (pushgateway) {
      const pushed = { component: "monitoring", endpoints: [{ honorLabels: true }] };
      this.#watch(pushgateway.service, metadata, settings.namespace, pushed);
    }
    if (exporter)
      this.#watch(exporter.service, metadata, settings.namespace, { component: "monitoring" });
    if (blackbox) {
      // By its pods, not as a target that is named: while they sleep, nothing is told of the hosts.
      const asking = { component: "monitoring", endpoints: probes(blackbox) };
      this.#watch(blackbox.service, metadata, settings.namespace, asking);
    }
    if (objectStore) {
      const { path, port } = STORE_METRICS[objectStore.kind];
      const store = { component: "object-store", endpoints: [{ path, port }] };
      this.#watch(objectStore.service, metadata, settings.namespace, store);
    }
    if (schedule) {
      const own = { component: SLEEP_SCHEDULE, endpoints: [{ path: SCHEDULE_METRICS }] };
      this.#watch(schedule.service, metadata, settings.namespace, own);
    }
    const stores = { database, objectStore: objectStore?.kind };
    const around = { endpoint: blackbox !== undefined, sleeps: schedule !== undefined };
    const operated = namespace.plainName;
    const rules = alertRules({
      apis: watched(apis),
      live,
      backups,
      operated,
      ...around,
      ...stores,
    });
    this.#custom(`${name}-rules`, "PrometheusRule", metadata, rules);
    const sidecar = { ...metadata, labels: { ...metadata.labels, grafana_dashboard: "1" } };
    const dashboard = { metadata: sidecar, data: dashboardFiles() };
    new k8s.core.v1.ConfigMap(`${name}-dashboard`, dashboard, fixedName(this));
  }

  /** Has one Service scraped by a Prometheus in the namespace `from`. */
  #watch(
    service: ServiceReference,
    metadata: Metadata,
    from: string,
    { component, endpoints = [{}] }: { component: string; endpoints?: ScrapedEndpoint[] },
  ): void {
    const name = `${service.name}-monitor`;
    this.#custom(
      name,
      "ServiceMonitor",
      { ...metadata, name: service.name },
      {
        // The Service of a node port has the same name, not the same role.
        selector: {
          matchLabels: { ...service.selector, "app.kubernetes.io/component": component },
        },
        endpoints: endpoints.map((one) => ({ ...SCRAPED, ...one })),
        jobLabel: "app.kubernetes.io/name",
      },
    );
    const spec = letIn(service.selector, [
      { from: [inNamespace(from)], ports: [tcp(service.port)] },
    ]);
    const policy = { metadata: { ...metadata, name }, spec };
    new k8s.networking.v1.NetworkPolicy(name, policy, fixedName(this));
  }

  /** An object of the Prometheus Operator's. */
  #custom(name: string, kind: string, metadata: Metadata, spec: object): void {
    const args = { apiVersion: "monitoring.coreos.com/v1", kind, metadata, spec };
    new k8s.apiextensions.CustomResource(name, args, fixedName(this));
  }
}

/** How a Prometheus Operator's scrapes a port, as far as one differs from another. */
interface ScrapedEndpoint {
  honorLabels?: boolean;
  path?: string;
  port?: string;
  params?: Record<string, string[]>;
  relabelings?: { targetLabel: string; replacement: string }[];
}

const SCRAPED = { port: "http", path: "/metrics", interval: "15s" };

/** A scrape for each question, with the names that our own Prometheus gives its series. */
function probes({ asked }: BlackboxExporter): ScrapedEndpoint[] {
  return Object.entries(asked).flatMap(([module, targets]) =>
    targets.map((target) => ({
      path: PROBE,
      params: { module: [module], target: [target] },
      relabelings: [
        { targetLabel: "job", replacement: module },
        { targetLabel: "instance", replacement: target },
      ],
    })),
  );
}

interface Resolved {
  namespace: Environment;
  settings: StackConfig["monitoring"];
  images: Images;
  apis: ApiReference[];
  live: readonly WatchedModel[];
  backups: WatchedBackups | undefined;
  pushgateway: Pushgateway | undefined;
  database: WatchedDatabase | undefined;
  exporter: PostgresExporter | undefined;
  blackbox: BlackboxExporter | undefined;
  objectStore: WatchedStore | undefined;
  schedule: ScheduleReference | undefined;
  people: GrafanaLogin | undefined;
}

type Told = Pick<Resolved, "namespace" | "settings" | "images">;

interface Servers {
  prometheus?: Prometheus;
  grafana?: Grafana;
}
