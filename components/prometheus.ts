import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { DataVolume } from "./data-volume.ts";
import type { Environment, Metadata } from "./environment.ts";
import { FilesConfigMap } from "./files-config-map.ts";
import type { Alertmanager } from "./alertmanager.ts";
import { type BlackboxExporter, PROBE } from "./blackbox-exporter.ts";
import { parseReference } from "./lib/image-reference.ts";
import { alertRules } from "./lib/alert-rules.ts";
import type { WatchedBackups } from "./lib/backup-rules.ts";
import type { WatchedModel } from "./lib/live-rules.ts";
import type { Access, ServiceReference } from "./lib/network.ts";
import { fixedName } from "./lib/options.ts";
import { readOnly } from "./lib/pod.ts";
import { NOBODY, kinProbes } from "./lib/prometheus-program.ts";
import { parseQuantity } from "./lib/quantity.ts";
import { STORE_METRICS } from "./lib/store-rules.ts";
import { toYaml } from "./lib/yaml.ts";
import type { WatchedStore } from "./object-store.ts";
import type { PostgresExporter } from "./postgres-exporter.ts";
import type { WatchedDatabase } from "./postgres.ts";
import type { ApiReference } from "./prediction-api.ts";
import type { Pushgateway } from "./pushgateway.ts";
import type { ScheduleReference } from "./sleep-schedule.ts";
import { FIXED_RESOURCES, PORTS, podsService } from "./well-known.ts";
import { Workload } from "./workload.ts";

/** Where the sleep schedule tells of the environment. */
export const SCHEDULE_METRICS = "/environment/metrics";

export interface PrometheusArgs {
  /** Where Prometheus runs. */
  namespace: Environment;
  /** The official image, by exact version. */
  image: string;
  /** What is scraped. */
  apis: ApiReference[];
  /** Models whose predictions are judged, or that answer in batches. @default there are none */
  live?: readonly WatchedModel[] | undefined;
  /** What Jobs push to, where there are some. */
  pushgateway?: Pushgateway | undefined;
  /** Postgres, where it is watched. */
  database?: WatchedDatabase | undefined;
  /** What tells of it. */
  exporter?: PostgresExporter | undefined;
  /** What asks the hosts as callers do, where anything does. */
  blackbox?: BlackboxExporter | undefined;
  /** Our own object store, where it is watched. */
  objectStore?: WatchedStore | undefined;
  /** When backups are worth an alert. @default there are none */
  backups?: WatchedBackups | undefined;
  /** What puts the environment to sleep and wakes it. @default nothing does */
  schedule?: ScheduleReference | undefined;
  /** Who tells people of alerts. @default nobody */
  alertmanager?: Alertmanager | undefined;
  /** How long metrics are kept. */
  retentionDays: number;
  /** Size of the volume. */
  size: string;
}

/**
 * Our own Prometheus with its alert rules. It finds replicas by DNS, because finding them through
 * the Kubernetes API takes a token, and no workload of ours holds one.
 */
export class Prometheus extends pulumi.ComponentResource {
  /** In-cluster URL. */
  readonly url: string;
  /** Access to Prometheus through the network policies. */
  readonly access: Access;

  constructor(name: string, args: PrometheusArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:monitoring:Prometheus", name, {}, opts);
    const { namespace, image, apis, size } = args;
    const metadata = namespace.metadata(name, "monitoring", parseReference(image).tag);
    for (const api of apis) this.#podsOf(api, metadata);
    const data = new DataVolume(name, { namespace, size }, this);
    const config = new FilesConfigMap(metadata, configuration(args), fixedName(this));
    const { access } = new Workload(
      name,
      {
        namespace,
        component: "monitoring",
        image,
        uid: NOBODY,
        port: { number: PORTS.prometheus },
        server: container(args),
        volumes: [config.volume("config"), data.volume],
        reads: [config],
        reaches: [
          ...[...apis, args.pushgateway, args.alertmanager],
          ...[args.exporter, args.blackbox, args.objectStore, args.schedule],
        ].flatMap((reached) => (reached ? [reached.access] : [])),
      },
      this,
    );
    this.access = access;
    this.url = `http://${name}.${namespace.plainName}:${PORTS.prometheus}`;
    this.registerOutputs({ url: this.url });
  }

  /** One DNS record a pod, ready or not: a replica without a model has metrics too. */
  #podsOf({ service: { name, port, selector } }: ApiReference, metadata: Metadata): void {
    const spec = {
      clusterIP: "None",
      publishNotReadyAddresses: true,
      selector,
      ports: [{ name: "http", port, targetPort: "http" }],
    };
    const pods = podsService(name);
    const own = { ...metadata, name: pods };
    new k8s.core.v1.Service(pods, { metadata: own, spec }, fixedName(this));
  }
}

/** The APIs as the alert rules see them. */
export function watched(apis: ApiReference[]) {
  return apis.map(({ service, maxReplicas }) => ({ job: service.name, maxReplicas }));
}

function scrapeConfig({ namespace: { plainName: namespace, instance }, ...args }: PrometheusArgs) {
  const { apis, pushgateway, alertmanager, exporter, blackbox, objectStore, schedule } = args;
  const told = alertmanager && [targets(namespace, alertmanager.service)];
  return {
    global: {
      scrape_interval: "15s",
      evaluation_interval: "15s",
      // Says in an alert which environment it is of.
      ...(told ? { external_labels: { environment: instance } } : {}),
    },
    ...(told ? { alerting: { alertmanagers: [{ static_configs: told }] } } : {}),
    // Beside this very file.
    rule_files: ["rules.yml"],
    scrape_configs: [
      ...apis.map(({ service: { name, port } }) => ({
        job_name: name,
        dns_sd_configs: [
          {
            names: [`${podsService(name)}.${namespace}.svc.cluster.local`],
            type: "A",
            port,
            refresh_interval: "15s",
          },
        ],
      })),
      ...(pushgateway ? [pushed(namespace, pushgateway.service)] : []),
      ...(told ? [{ job_name: "alertmanager", static_configs: told }] : []),
      ...(exporter ? [server(namespace, exporter.service)] : []),
      ...(blackbox ? asking(namespace, blackbox) : []),
      ...(objectStore
        ? [
            {
              ...server(namespace, objectStore.service),
              metrics_path: STORE_METRICS[objectStore.kind].path,
            },
          ]
        : []),
      ...(schedule
        ? [{ ...server(namespace, schedule.service), metrics_path: SCHEDULE_METRICS }]
        : []),
    ],
  };
}

/** What was pushed keeps the labels of who pushed it. */
const pushed = (namespace: string, service: ServiceReference) => ({
  ...server(namespace, service),
  honor_labels: true,
});

/** A server of which there is one. */
const server = (namespace: string, service: ServiceReference) => ({
  job_name: service.name,
  static_configs: [targets(namespace, service)],
});

/** The exporter asks what it is given as a target, which the series are then called after. */
function asking(namespace: string, { asked, service }: BlackboxExporter) {
  const [exporter] = targets(namespace, service).targets;
  return Object.entries(asked).map(([module, hosts]) => ({
    job_name: module,
    metrics_path: PROBE,
    params: { module: [module] },
    static_configs: [{ targets: hosts }],
    relabel_configs: [
      { source_labels: ["__address__"], target_label: "__param_target" },
      { source_labels: ["__address__"], target_label: "instance" },
      { target_label: "__address__", replacement: exporter },
    ],
  }));
}

const targets = (namespace: string, { name, port }: ServiceReference) => ({
  targets: [`${name}.${namespace}.svc.cluster.local:${port}`],
});

/** The files that Prometheus reads, by name. */
function configuration(args: PrometheusArgs): Record<string, string> {
  const { apis, live, backups, alertmanager, database, blackbox, objectStore, schedule } = args;
  const told = alertmanager !== undefined;
  const stores = { database, objectStore: objectStore?.kind };
  const around = { endpoint: blackbox !== undefined, sleeps: schedule !== undefined };
  const rules = alertRules({ apis: watched(apis), live, backups, told, ...around, ...stores });
  return {
    "prometheus.yml": toYaml(scrapeConfig(args)),
    "rules.yml": toYaml(rules),
  };
}

function container({ retentionDays, size }: PrometheusArgs) {
  return {
    name: "prometheus",
    args: [
      "--config.file=/etc/prometheus/prometheus.yml",
      "--storage.tsdb.path=/prometheus",
      `--storage.tsdb.retention.time=${retentionDays}d`,
      // What has to be so for hours goes on being counted after a night, or a weekend, of sleep.
      "--rules.alert.for-outage-tolerance=72h",
      // A quarter of the volume stays free for the log and for compaction.
      `--storage.tsdb.retention.size=${Math.floor((0.75 * parseQuantity(size)) / 2 ** 20)}MB`,
    ],
    ...kinProbes({ periodSeconds: 2, failureThreshold: 90 }),
    resources: FIXED_RESOURCES.prometheus,
    volumeMounts: [
      readOnly("config", "/etc/prometheus"),
      { name: "data", mountPath: "/prometheus" },
    ],
  };
}
