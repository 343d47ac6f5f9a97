import type { WatchedDatabase } from "../postgres.ts";
import type { AlertRulesArgs, Rule } from "./alert-rules.ts";
import { wholeOf } from "./quantity.ts";

/** Where the log of Postgres may grow to, beside its data, and what the data take. */
const DATABASE = "(sum(pg_database_size_bytes) + max(pg_settings_max_wal_size_bytes))";

/** What a store of ours tells of itself, and where. */
export const STORE_METRICS = {
  seaweedfs: {
    path: "/metrics",
    port: "metrics",
    workload: "object-store-seaweedfs",
    health: "SeaweedFS_master_is_leader",
    free: 'SeaweedFS_volumeServer_resource{type="avail"}',
    all: 'SeaweedFS_volumeServer_resource{type="all"}',
    received: "SeaweedFS_s3_bucket_traffic_received_bytes_total",
    sent: "SeaweedFS_s3_bucket_traffic_sent_bytes_total",
    underWay: "SeaweedFS_s3_in_flight_requests",
  },
  minio: {
    path: "/minio/v2/metrics/cluster",
    port: "http",
    workload: "object-store",
    health: "minio_cluster_health_status",
    free: "minio_cluster_capacity_usable_free_bytes",
    all: "minio_cluster_capacity_usable_total_bytes",
    received: "minio_s3_traffic_received_bytes",
    sent: "minio_s3_traffic_sent_bytes",
    underWay: "minio_s3_requests_incoming_total",
  },
} as const;

/** A store of ours. */
export type WatchedKind = keyof typeof STORE_METRICS;

/** Share of a file system that is taken, by the metrics of what is free and of all. */
export const shareTaken = (free: string, all: string): string => `1 - max(${free}) / max(${all})`;

/** Share of each volume that is taken, by its name, as what is on it tells. */
function takenOf({ database, objectStore, backups }: AlertRulesArgs): Record<string, string> {
  const store = objectStore && STORE_METRICS[objectStore];
  const backup = "slipway_backup_volume";
  return {
    ...(database?.size !== undefined && {
      [database.kind === "cloudnative-pg" ? "postgres-cluster" : "postgres-data"]:
        `${DATABASE} / ${wholeOf(database.size)}`,
    }),
    ...(store && { [`${store.workload}-data`]: shareTaken(store.free, store.all) }),
    ...(backups && { "backup-data": shareTaken(`${backup}_free_bytes`, `${backup}_size_bytes`) }),
  };
}

/** The alerts on the database, our own store, and the volumes. */
export function storeRules(args: AlertRulesArgs): Rule[] {
  return [
    ...(args.database ? [postgresDown(args.database.kind)] : []),
    ...(args.objectStore ? [objectStoreDown(args.objectStore)] : []),
    ...Object.entries(takenOf(args)).flatMap(([volume, taken]) => filling(volume, taken)),
  ];
}

function postgresDown(kind: WatchedDatabase["kind"]): Rule {
  const summary = "Postgres does not answer its exporter";
  const remedy =
    kind === "bundled"
      ? lookAt("postgres")
      : "The exporter's log says why: kubectl logs deployment/postgres-exporter";
  return down("PostgresDown", "pg_up", summary, remedy);
}

function objectStoreDown(kind: WatchedKind): Rule {
  const { health, workload } = STORE_METRICS[kind];
  const summary = "The object store does not answer, or not well";
  return down("ObjectStoreDown", health, summary, lookAt(workload));
}

const lookAt = (workload: string) =>
  `Look at its pods: kubectl describe pods -l 'app.kubernetes.io/name in (${workload}, ${workload}-exporter)'`;

/** Also where nobody tells: an exporter that is away must not hide what it would have said. */
function down(alert: string, metric: string, summary: string, description: string): Rule {
  return {
    alert,
    expr: `(max(${metric}) or vector(0)) == 0`,
    absence: true,
    for: "5m",
    labels: { severity: "critical" },
    annotations: { summary, description },
  };
}

function filling(volume: string, taken: string): Rule[] {
  const description = "Nothing can be written once it is full: make it larger in the stack file.";
  return [
    {
      alert: "VolumeFilling",
      // A young volume grows fast, from nothing.
      expr: `${taken} > 0.5 and predict_linear((${taken})[6h:5m], 4 * 86400) > 1`,
      for: "1h",
      labels: { severity: "warning", volume },
      annotations: { summary: `${volume} is full within four days, as it grows`, description },
    },
    {
      alert: "VolumeAlmostFull",
      expr: `${taken} > 0.9`,
      for: "5m",
      labels: { severity: "critical", volume },
      annotations: { summary: `More than nine tenths of ${volume} are taken`, description },
    },
  ];
}
