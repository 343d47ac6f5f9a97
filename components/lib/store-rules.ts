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
    ...(database && { "postgres-data": `${DATABASE} / ${wholeOf(database.size)}` }),
    ...(store && { [`${store.workload}-data`]: shareTaken(store.free, store.all) }),
    ...(backups && { "backup-data": shareTaken(`${backup}_free_bytes`, `${backup}_size_bytes`) }),
  };
}

/** The alerts on our own database and store, and on the volumes. */
export function storeRules(args: AlertRulesArgs): Rule[] {
  return [
    ...(args.database
      ? [down("PostgresDown", "pg_up", "postgres", "Postgres does not answer its exporter")]
      : []),
    ...(args.objectStore
      ? [
          down(
            "ObjectStoreDown",
            STORE_METRICS[args.objectStore].health,
            STORE_METRICS[args.objectStore].workload,
            "The object store does not answer, or not well",
          ),
        ]
      : []),
    ...Object.entries(takenOf(args)).flatMap(([volume, taken]) => filling(volume, taken)),
  ];
}

/** Also where nobody tells: an exporter that is away must not hide what it would have said. */
function down(alert: string, metric: string, workload: string, summary: string): Rule {
  return {
    alert,
    expr: `(max(${metric}) or vector(0)) == 0`,
    for: "5m",
    labels: { severity: "critical" },
    annotations: {
      summary,
      description: `Look at its pods: kubectl describe pods -l 'app.kubernetes.io/name in (${workload}, ${workload}-exporter)'`,
    },
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
