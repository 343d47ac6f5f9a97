import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { loginVolume } from "./credentials.ts";
import type { Environment } from "./environment.ts";
import type { FilesConfigMap } from "./files-config-map.ts";
import type { Repository } from "./lib/backup-steps.ts";
import { ACCOUNT, libpqVariables } from "./lib/libpq.ts";
import { type Access, allOf, policy } from "./lib/network.ts";
import { fixedName } from "./lib/options.ts";
import { checksums, container, environment, podSpec, readOnly, scratch } from "./lib/pod.ts";
import type { DatabaseClient } from "./postgres.ts";
import { FIXED_RESOURCES } from "./well-known.ts";

/** Where what is received lies until it is kept. */
const WAL = "/wal";
/** Minutes after which a pod that keeps nothing is not ready. */
const PATIENCE = 10;

export interface WalArchiveArgs {
  namespace: Environment;
  /** User id of its processes. */
  uid: number;
  /** Postgres' own image, whose programs receive the log, and restic's, which keeps it. */
  images: Record<"postgres" | "restic", string>;
  settings: { days: number; size: string };
  /** The account that receives every change. */
  database: DatabaseClient;
  repository: Repository;
  /** The Secret of the key, and what else opens the repository. */
  volumes: k8s.types.input.core.v1.Volume[];
  /** What is told when the log was kept last. @default nobody */
  pushUrl: pulumi.Input<string> | undefined;
  scripts: FilesConfigMap;
  reaches: Access[];
}

/**
 * Receives the write-ahead log of our own Postgres as it is written, with a copy of the server each day, and keeps both in a repository
 * beside that of the backups (docs/adr/0050-point-in-time-recovery.md). What it holds itself may be lost: the log then begins anew.
 */
export function walArchive(name: string, args: WalArchiveArgs, parent: pulumi.Resource): void {
  const { namespace, images, database, uid, settings, repository, scripts } = args;
  const metadata = namespace.metadata(name, "wal-archive");
  const selector = namespace.selector(name);
  const reaches = allOf(args.reaches);
  const child = fixedName(parent);
  const rules = policy(selector, { egress: [...reaches.egress, ...namespace.egress] });
  new k8s.networking.v1.NetworkPolicy(name, { metadata, spec: rules }, child);

  const mounts = [readOnly("scripts", "/scripts"), { name: "wal", mountPath: WAL }];
  const receiver = container({
    name: "receiver",
    image: images.postgres,
    command: ["/bin/bash", "/scripts/wal-archive.sh", "receive"],
    env: environment({
      WAL,
      ...libpqVariables(database),
      ...(args.pushUrl === undefined ? {} : { PUSH_URL: args.pushUrl }),
    }),
    readinessProbe: { exec: { command: ["test", "-e", `${WAL}/current`] }, periodSeconds: 10 },
    resources: FIXED_RESOURCES.walReceiver,
    volumeMounts: [...mounts, ACCOUNT],
  });
  const kept = `find ${WAL}/kept -mmin -${PATIENCE} | grep -q .`;
  const keeper = container({
    name: "keeper",
    image: images.restic,
    command: ["/bin/sh", "/scripts/wal-repository.sh", "keep"],
    env: environment({
      WAL,
      // A copy that is as old leads to every moment after it.
      KEEP_WITHIN: `${settings.days + 1}d`,
      ...repository.variables,
      RESTIC_CACHE_DIR: `${WAL}/cache`,
    }),
    readinessProbe: { exec: { command: ["/bin/sh", "-c", kept] }, periodSeconds: 10 },
    resources: FIXED_RESOURCES.walKeeper,
    volumeMounts: [...mounts, ...repository.mounts],
  });
  const template = {
    metadata: {
      labels: { ...metadata.labels, ...reaches.labels },
      ...checksums([scripts, database.credentials]),
    },
    spec: podSpec(namespace.pods, {
      uid,
      containers: [receiver, keeper],
      volumes: [
        scratch(),
        scratch("wal", settings.size),
        scripts.volume("scripts"),
        loginVolume("database", database.credentials),
        ...args.volumes,
      ],
    }),
  };
  // The slot that it reads is one client's alone.
  const strategy = { type: "Recreate" };
  const spec = { selector: { matchLabels: selector }, strategy, template };
  new k8s.apps.v1.Deployment(name, { metadata, spec }, child);
}
