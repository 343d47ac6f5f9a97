/**
 * Facts that program, tools, training and tests share: ports, node ports, names that come from a
 * model's name, and how long that name may be.
 */

/** Name in Pulumi.yaml, prefix of every key of a stack, and first part of an environment's name. */
export const PROJECT = "slipway";

/** Port of each server, in its pod and on its Service. */
export const PORTS = {
  api: 8000,
  ui: 8080,
  mlflow: 5000,
  postgres: 5432,
  /** Where our object store is found whatever it is; MinIO's own. */
  objectStore: 9000,
  seaweedfs: 8333,
  seaweedfsMetrics: 9327,
  prometheus: 9090,
  grafana: 3000,
  pushgateway: 9091,
  alertmanager: 9093,
  postgresExporter: 9187,
  blackboxExporter: 9115,
  sleepSchedule: 8090,
  login: 4180,
} as const;

/** Our own store's bucket of what training reads and predictions leave, and the account that uses all of it. */
export const DATA_BUCKET = "data";

/** What lies below which prefix of the bucket of data. */
export const DATA_PREFIXES = {
  snapshots: "snapshots",
  predictions: "predictions",
  batches: "batches",
} as const;

/** Uid of the data source that the dashboards ask. */
export const DATA_SOURCE = "prometheus";

/** Annotation by which CloudNativePG stops a cluster and keeps its volumes: `on`. */
export const HIBERNATION = "cnpg.io/hibernation";

/** Role and name of what puts an environment to sleep and wakes it by a schedule: it alone stays awake. */
export const SLEEP_SCHEDULE = "sleep-schedule";

/** Role of what people log in at, which stays awake. */
export const LOGIN = "login";

/** Requests and limit of what no key of a stack sets, but its quota must hold. */
export const FIXED_RESOURCES = {
  buckets: { cpu: "25m", memory: "64Mi", memoryLimit: "256Mi" },
  prometheus: { cpu: "50m", memory: "192Mi", memoryLimit: "1Gi" },
  grafana: { cpu: "50m", memory: "128Mi", memoryLimit: "512Mi" },
  pushgateway: { cpu: "10m", memory: "32Mi", memoryLimit: "128Mi" },
  alertmanager: { cpu: "10m", memory: "32Mi", memoryLimit: "128Mi" },
  postgresExporter: { cpu: "10m", memory: "32Mi", memoryLimit: "128Mi" },
  blackboxExporter: { cpu: "10m", memory: "32Mi", memoryLimit: "128Mi" },
  sleepSchedule: { cpu: "10m", memory: "48Mi", memoryLimit: "64Mi" },
  login: { cpu: "10m", memory: "32Mi", memoryLimit: "128Mi" },
  backup: { cpu: "100m", memory: "256Mi", memoryLimit: "1Gi" },
  walReceiver: { cpu: "10m", memory: "32Mi", memoryLimit: "256Mi" },
  walKeeper: { cpu: "10m", memory: "64Mi", memoryLimit: "512Mi" },
} as const;

/** Size of Alertmanager's volume: its silences and notifications take kilobytes, and less than this is made by few clouds. */
export const ALERTMANAGER_SIZE = "1Gi";

/** Ports on every node, with `endpoint: nodePort`; several models state theirs. */
export const NODE_PORTS = { mlflow: 30500, firstModel: 30800, ui: 30851 } as const;

/** Node ports of a sandbox's models reach from the first up to the page's. */
const MODELS_ON_NODE_PORTS = NODE_PORTS.ui - NODE_PORTS.firstModel;

/** Every node port that a sandbox may use: a kind cluster opens just those. */
export const ALL_NODE_PORTS: readonly number[] = [
  NODE_PORTS.mlflow,
  ...Array.from({ length: MODELS_ON_NODE_PORTS }, (_, index) => NODE_PORTS.firstModel + index),
  NODE_PORTS.ui,
];

/** Name of a model's prediction API: its Deployment, its Service and the label of its pods. */
export function apiName(model: string): string {
  return `${model}-api`;
}

/** Name of a model's training: its CronJob, its files and the start of its Jobs' names. */
export function trainingName(model: string): string {
  return `${model}-training`;
}

/** Name of what judges a model by its prediction log. */
export function monitorName(model: string): string {
  return `${model}-monitor`;
}

/** Name of what asks whether a model is to be trained again. */
export function retrainName(model: string): string {
  return `${model}-retrain`;
}

/** Name of what answers the rows of one of a model's batches. */
export function batchName(model: string, batch: string): string {
  return `${model}-batch-${batch}`;
}

/** Name of the Service that opens a port on every node, whatever it leads to. */
export function nodePortService(port: number): string {
  return `node-port-${port}`;
}

/** Name of the Service that has one DNS record for each pod of the API `name`. */
export function podsService(name: string): string {
  return `${name}-pods`;
}

/** What the keys of labels begin with that let a pod reach a workload. */
export const ACCESS_LABEL = "slipway/access-";

/** Key of the label of pods that may reach the workload `name`. */
export function accessLabel(name: string): string {
  return `${ACCESS_LABEL}${name}`;
}

/** Digits of the hash at the end of a Job's name. */
export const HASH_DIGITS = 8;

/**
 * Characters that Kubernetes leaves to a model's name in each name that is made of it. A Service is
 * a DNS label of 63 characters, a CronJob leaves 11 of them to its Jobs' names, a Job's name is the
 * value of a label of its pods, and the key of a label has 63 behind its prefix.
 */
const ROOM = {
  podsService: 63 - podsService(apiName("")).length,
  accessLabel: 63 - accessLabel(apiName("")).replace(/^.*\//, "").length,
  job: 63 - trainingName("").length - "-".length - HASH_DIGITS,
  cronJob: 52 - trainingName("").length,
};

/** Characters that a model's name may have. */
export const MODEL_NAME_LENGTH = Math.min(...Object.values(ROOM));

/** What a model may be called, wherever it is trained and served: it names Kubernetes objects. */
export const MODEL_NAME = new RegExp(`^[a-z]([-a-z0-9]{0,${MODEL_NAME_LENGTH - 2}}[a-z0-9])?$`);

/** The same in words, for messages. */
export const MODEL_NAME_RULE = `1 to ${MODEL_NAME_LENGTH} lower-case letters, digits and hyphens, beginning with a letter and not ending with a hyphen`;
