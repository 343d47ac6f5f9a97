import { milliOf, wholeOf } from "../lib/quantity.ts";
import { ALERTMANAGER_SIZE, FIXED_RESOURCES } from "../well-known.ts";
import type { StackConfig } from "./schema.ts";
import { leftBehind } from "./stores.ts";

/** What counts against a quota. */
export interface Needs {
  /** Thousandths of a core. */
  cpu: number;
  /** Bytes. */
  memory: number;
  /** Bytes of all volumes. */
  storage: number;
  pods: number;
}

type Settings = Pick<
  StackConfig,
  | "models"
  | "database"
  | "objectStore"
  | "movedFrom"
  | "mlflow"
  | "ui"
  | "monitoring"
  | "backup"
  | "sleep"
  | "login"
  | "endpoint"
>;

interface Pods {
  count: number;
  resources: { cpu: string; memory: string };
}

/**
 * What a stack requests at its most: every autoscaler at its maximum, all trainings and a roll-out of
 * everything under way. A test compares it with the objects that the program makes.
 */
export function mostRequested(settings: Settings): Needs {
  const all = [...modelPods(settings), ...serverPods(settings)];
  const sum = (value: (pods: Pods) => number) =>
    all.reduce((total, pods) => total + pods.count * value(pods), 0);
  return {
    cpu: sum(({ resources }) => milliOf(resources.cpu)),
    memory: sum(({ resources }) => wholeOf(resources.memory)),
    pods: sum(() => 1),
    storage: storageOf(settings),
  };
}

/** An API rolls out with one pod more, and a schedule may fall into the training after a change. */
function modelPods({ models }: Settings): Pods[] {
  return models.flatMap(({ replicas, resources, training, capture, retrain, batch }) => [
    { count: replicas.max + 1, resources },
    {
      count: 1 + (training.schedule === undefined ? 0 : 1) + (retrain ? 1 : 0),
      resources: training.resources,
    },
    ...(capture ? [{ count: 1, resources: capture.resources }] : []),
    ...batch.map(({ resources }) => ({ count: 1, resources })),
  ]);
}

function serverPods({
  database,
  objectStore,
  mlflow,
  ui,
  monitoring,
  backup,
  sleep,
  login,
  endpoint,
}: Settings): Pods[] {
  const pages = 2 * ui.replicas;
  return [
    // A Deployment's own default is a quarter more while it rolls out, rounded up.
    { count: pages + Math.ceil(pages / 4), resources: ui.resources },
    { count: 1, resources: mlflow.resources },
    ...(database.kind === "bundled" ? [{ count: 1, resources: database.resources }] : []),
    ...(database.kind === "cloudnative-pg"
      ? [{ count: database.instances, resources: database.resources }]
      : []),
    ...(objectStore.kind === "external" ? [] : [{ count: 1, resources: objectStore.resources }]),
    { count: objectStore.kind === "minio" ? 1 : 0, resources: FIXED_RESOURCES.buckets },
    ...(monitoring.kind === "bundled"
      ? [
          { count: monitoring.alerts ? 1 : 0, resources: FIXED_RESOURCES.alertmanager },
          { count: 1, resources: FIXED_RESOURCES.prometheus },
          { count: monitoring.grafana ? 2 : 0, resources: FIXED_RESOURCES.grafana },
        ]
      : []),
    // A backup, a restore, and a drill, beside whose own container a database and MLflow run.
    ...(backup
      ? [
          { count: 2, resources: FIXED_RESOURCES.backup },
          { count: 1, resources: drillRequests() },
        ]
      : []),
    ...(backup?.pointInTime
      ? [
          // A restore to a moment, beside that of a backup.
          { count: 1, resources: FIXED_RESOURCES.backup },
          { count: 1, resources: sumOf(FIXED_RESOURCES.walReceiver, FIXED_RESOURCES.walKeeper) },
        ]
      : []),
    { count: sleep ? 1 : 0, resources: FIXED_RESOURCES.sleepSchedule },
    // Before MLflow, the page and Grafana; each rolls out with one pod more.
    { count: login ? (login.jwksUri ? 6 : 4) : 0, resources: FIXED_RESOURCES.login },
    { count: monitoring.kind === "off" ? 0 : 1, resources: FIXED_RESOURCES.pushgateway },
    {
      // A Deployment rolls out with one pod more.
      count: monitoring.kind === "off" ? 0 : 2,
      resources: FIXED_RESOURCES.postgresExporter,
    },
    {
      count: monitoring.kind === "off" || endpoint.addresses === undefined ? 0 : 2,
      resources: FIXED_RESOURCES.blackboxExporter,
    },
  ];
}

function drillRequests() {
  const { backup } = FIXED_RESOURCES;
  return sumOf(backup, backup, backup);
}

/** What the containers of one pod request. */
function sumOf(...containers: Pods["resources"][]): Pods["resources"] {
  const cpu = containers.reduce((total, one) => total + milliOf(one.cpu), 0);
  const memory = containers.reduce((total, one) => total + wholeOf(one.memory), 0);
  return { cpu: `${cpu}m`, memory: String(memory) };
}

function storageOf({ movedFrom, ...settings }: Settings): number {
  const sizes = (["database", "objectStore"] as const).flatMap((store) => {
    const before = leftBehind(movedFrom[store], settings[store]);
    return [settings[store], ...(before ? [before] : [])].map(volumes);
  });
  const { backup, monitoring } = settings;
  const copy = backup ? wholeOf(backup.size) : 0;
  const told = monitoring.alerts ? wholeOf(ALERTMANAGER_SIZE) : 0;
  return [...sizes, volumes(monitoring), told, copy].reduce((total, size) => total + size, 0);
}

/** Bytes of all volumes of a server of ours. */
function volumes(of: { kind: string; size?: string; instances?: number }): number {
  if (!["bundled", "minio", "cloudnative-pg"].includes(of.kind)) return 0;
  return (of.instances ?? 1) * wholeOf(of.size ?? "0");
}
