import { type Rule, rule, when } from "./rule.ts";

const PATH = "backup.pointInTime";
const ELSEWHERE = {
  external: "whoever runs it keeps its changes: switch point-in-time recovery on there",
  "cloudnative-pg":
    "CloudNativePG keeps its changes itself: give the Cluster a backup by its Barman Cloud plugin",
};

/** What point-in-time recovery takes. */
export const backupRules: Rule[] = [
  rule(["backup", "database"], ({ backup, database: { kind } }) => {
    if (backup?.pointInTime === undefined || kind === "bundled") return [];
    const message = `is for our own Postgres, and with 'database.kind: ${kind}' ${ELSEWHERE[kind]}; remove the key`;
    return [{ path: PATH, message }];
  }),

  rule(["backup"], ({ backup }) =>
    when(
      backup?.pointInTime !== undefined && backup.to.kind === "volume",
      PATH,
      "needs a bucket, as one pod at a time holds a volume: set 'backup.to.kind: s3', or remove the key",
    ),
  ),
];
