import type { Rule } from "./alert-rules.ts";

/** Hours after which backups are worth an alert. */
export interface WatchedBackups {
  alertAfterHours: number;
  drill: { alertAfterHours: number };
  /** Whether every change is kept too. @default it is not */
  pointInTime?: object | undefined;
}

const KEPT = "slipway_wal_kept_timestamp_seconds";
const changesNotKept: Rule = {
  alert: "ChangesNotKept",
  expr: `(time() - max(${KEPT}) > 900) or absent(${KEPT})`,
  absence: true,
  // A day's copy of a large database takes its time.
  for: "30m",
  labels: { severity: "critical" },
  annotations: {
    summary: "Changes of the database have not been kept for half an hour",
    description: "Read why: kubectl logs deployment/wal-archive --all-containers --tail=20",
  },
};

/** What tells of backups that are not made, not proven, or not kept. */
export function backupRules({ alertAfterHours, drill, pointInTime }: WatchedBackups): Rule[] {
  const [made, proven] = ["backup", "restore_drill"].map(
    (what) => `slipway_${what}_last_success_timestamp_seconds`,
  );
  const labels = { severity: "critical" } as const;
  return [
    ...(pointInTime ? [changesNotKept] : []),
    {
      alert: "BackupTooOld",
      expr: `time() - max(${made}) > ${alertAfterHours * 3600}`,
      for: "5m",
      labels,
      annotations: {
        summary: `The newest backup is older than ${alertAfterHours} hours`,
        description:
          "Look at the last Jobs: kubectl logs -l app.kubernetes.io/name=backup --all-containers",
      },
    },
    {
      alert: "BackupUnknown",
      // A new stack's first backup, or a gateway that has started anew, may take a day.
      expr: `absent(${made})`,
      absence: true,
      for: `${alertAfterHours}h`,
      labels,
      annotations: {
        summary: `No backup has told of itself for ${alertAfterHours} hours`,
        description: "Make one: npm run backup -- --stack NAME",
      },
    },
    {
      alert: "RestoreUnknown",
      expr: `absent(${proven})`,
      absence: true,
      for: `${drill.alertAfterHours}h`,
      labels,
      annotations: {
        summary: `No drill has told of a proven backup for ${drill.alertAfterHours} hours`,
        description: "Try one: npm run backup -- --stack NAME --drill",
      },
    },
    {
      alert: "RestoreNotProven",
      expr: `time() - max(${proven}) > ${drill.alertAfterHours * 3600} or max(slipway_restore_drill_failed_models) > 0`,
      for: "5m",
      labels,
      annotations: {
        summary: `No backup has been proven for ${drill.alertAfterHours} hours, or the last drill failed`,
        description: "Try it and read what it says: npm run backup -- --stack NAME --drill",
      },
    },
  ];
}
