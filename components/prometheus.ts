import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { alertRules } from "./lib/alert-rules.ts";
import { FilesConfigMap } from "./lib/files-config-map.ts";
import { dataVolume } from "./lib/data-volume.ts";
import { labels } from "./lib/labels.ts";
import { type Access, accessTo, clientsOf, policy } from "./lib/network.ts";
import { fixedName } from "./lib/options.ts";
import { container, httpProbe, podSpec, scratch } from "./lib/pod.ts";
import { parseQuantity } from "./lib/quantity.ts";
import { toYaml } from "./lib/yaml.ts";
import type { PlatformNamespace } from "./platform-namespace.ts";
import type { ApiPlace } from "./prediction-api.ts";
import { PORTS, podsService } from "./well-known.ts";

const PORT = PORTS.prometheus;
/** `nobody`, as in the official image. */
const UID = 65534;

export interface PrometheusArgs {
  /** Where Prometheus runs. */
  namespace: PlatformNamespace;
  /** The official image, by exact version. */
  image: string;
  /** What is scraped. */
  apis: ApiPlace[];
  /** How long figures are kept. */
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
  /** The way to Prometheus through the network policies. */
  readonly access: Access;

  constructor(name: string, args: PrometheusArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:monitoring:Prometheus", name, {}, opts);
    const { namespace, image, apis, size } = args;
    const selector = namespace.selector(name);
    const child = fixedName(this);
    const metadata = {
      name,
      namespace: namespace.name,
      labels: labels(selector, "monitoring", image.split(":").at(-1)),
    };
    this.access = accessTo(name, selector, PORT);

    for (const { service } of apis) {
      const spec = {
        // One DNS record a pod, ready or not: a replica without a model has figures too.
        clusterIP: "None",
        publishNotReadyAddresses: true,
        selector: service.selector,
        ports: [{ name: "http", port: service.port, targetPort: "http" }],
      };
      const podsMetadata = { ...metadata, name: podsService(service.name) };
      new k8s.core.v1.Service(podsService(service.name), { metadata: podsMetadata, spec }, child);
    }
    const data = {
      "prometheus.yml": toYaml(scrapeConfig(namespace.plainName, apis)),
      "rules.yml": toYaml(alertRules(watched(apis))),
    };
    const config = new FilesConfigMap(metadata, data, child);
    const claim = dataVolume(name, namespace, { size }, this);
    const ports = [{ name: "http", port: PORT, targetPort: "http" }];
    new k8s.core.v1.Service(name, { metadata, spec: { selector, ports } }, child);
    const ways = apis.map(({ access }) => access);
    const spec = policy(selector, {
      ingress: [clientsOf(name, PORT)],
      egress: ways.flatMap(({ egress }) => egress),
    });
    new k8s.networking.v1.NetworkPolicy(name, { metadata, spec }, child);

    const podLabels: Record<string, string> = { ...metadata.labels };
    for (const way of ways) Object.assign(podLabels, way.labels);
    const template = {
      metadata: { labels: podLabels, annotations: config.checksum },
      spec: podSpec(namespace.pods, {
        uid: UID,
        containers: [server(args)],
        volumes: [
          scratch(),
          { name: "config", configMap: { name: config.metadata.name } },
          { name: "data", persistentVolumeClaim: { claimName: claim.metadata.name } },
        ],
      }),
    };
    new k8s.apps.v1.StatefulSet(
      name,
      {
        metadata,
        spec: { serviceName: name, selector: { matchLabels: selector }, template },
      },
      { ...child, customTimeouts: { create: "5m", update: "5m" } },
    );
    this.url = `http://${name}.${namespace.plainName}:${PORT}`;
    this.registerOutputs({ url: this.url });
  }
}

/** The APIs as the alert rules see them. */
export function watched(apis: ApiPlace[]) {
  return apis.map(({ service, maxReplicas }) => ({ job: service.name, maxReplicas }));
}

function scrapeConfig(namespace: string, apis: ApiPlace[]) {
  return {
    global: { scrape_interval: "15s", evaluation_interval: "15s" },
    // Beside this very file.
    rule_files: ["rules.yml"],
    scrape_configs: apis.map(({ service: { name, port } }) => ({
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
  };
}

function server({ image, retentionDays, size }: PrometheusArgs) {
  return container({
    name: "prometheus",
    image,
    args: [
      "--config.file=/etc/prometheus/prometheus.yml",
      "--storage.tsdb.path=/prometheus",
      `--storage.tsdb.retention.time=${retentionDays}d`,
      // A quarter of the volume stays free for the log and for compaction.
      `--storage.tsdb.retention.size=${Math.floor((0.75 * parseQuantity(size)) / 2 ** 20)}MB`,
    ],
    ports: [{ name: "http", containerPort: PORT }],
    startupProbe: httpProbe("/-/ready", { periodSeconds: 2, failureThreshold: 90 }),
    livenessProbe: httpProbe("/-/healthy", { periodSeconds: 20, failureThreshold: 6 }),
    readinessProbe: httpProbe("/-/ready", { periodSeconds: 5 }),
    resources: { cpu: "50m", memory: "192Mi", memoryLimit: "1Gi" },
    volumeMounts: [
      { name: "config", mountPath: "/etc/prometheus", readOnly: true },
      { name: "data", mountPath: "/prometheus" },
    ],
  });
}
