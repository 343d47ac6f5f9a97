import type * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "../config/schema.ts";
import type { BucketClient } from "../object-store.ts";
import type { DatabaseClient } from "../postgres.ts";
import { FIXED_RESOURCES, PORTS } from "../well-known.ts";
import type { Step } from "../cron-task.ts";
import { objectSteps } from "./object-steps.ts";
import { libpqVariables } from "./libpq.ts";
import { type Variable, environment, type readOnly, secrets } from "./pod.ts";

/** How restic reaches what it keeps: variables, and the mounts of key and account. */
export interface Repository {
  variables: Record<string, Variable>;
  mounts: ReturnType<typeof readOnly>[];
}

/** What the steps of a backup, a drill and a restore are made of. */
export interface Steps {
  images: Record<"postgres" | "restic" | "mlflow" | "serving", pulumi.Input<string>>;
  settings: NonNullable<StackConfig["backup"]>;
  /** Where the volume is mounted. */
  volume: string;
  database: DatabaseClient;
  objects: BucketClient;
  /** Bucket of snapshots, predictions and batches. @default there is none */
  data?: BucketClient | undefined;
  /** Where backups are. */
  repository: Repository;
  /** Where every change of the database is. @default they are not kept */
  log?: Repository | undefined;
  /** Where success is pushed to; nowhere where undefined. */
  pushUrl: string | undefined;
  /** Which keys must have signed a champion, as the prediction API reads it. */
  modelKeys: Record<string, Variable>;
  /** `MODEL=URL` of each live API's example, apart by blanks. */
  apis: string;
}

/** Where the throwaway server is reached, by its pod alone: without a password. */
const SOCKET = "/var/run/postgresql";
const socket = { name: "socket", mountPath: SOCKET };

const resources = FIXED_RESOURCES.backup;

/** Both stores as they are, into the repository. First the database: what it knows of is in the store by then. */
export function backupSteps(of: Steps): Step[] {
  const COPY = `${of.volume}/copy`;
  return [
    {
      ...databaseStep(of, "dump", { COPY, ...libpqVariables(of.database) }),
      volumeMounts: secrets("database"),
    },
    ...objectSteps(of, "mirror", COPY),
    repositoryStep(of, "store", { COPY, KEEP: keepFlags(of) }),
    ...(of.pushUrl === undefined ? [] : [reportStep(of, { COPY, PUSH_URL: of.pushUrl })]),
  ];
}

/** A backup into both stores; last the database, so that it knows of nothing that is not there. */
export function restoreSteps(of: Steps): Step[] {
  const RESTORED = `${of.volume}/restored`;
  return [repositoryStep(of, "fetch", { RESTORED, AT: "" }), ...intoStores(of, RESTORED)];
}

/** The database as it was at a moment, with the objects of the first backup since then, into both stores. */
export function momentSteps(of: Steps, log: Repository): Step[] {
  const RESTORED = `${of.volume}/restored`;
  return [
    repositoryStep(of, "fetch", { RESTORED, SINCE: "" }),
    ...replaySteps(of, log, RESTORED),
    ...intoStores(of, RESTORED),
  ];
}

function intoStores(of: Steps, RESTORED: string): Step[] {
  const OLD = `${of.volume}/before-restore`;
  return [
    ...objectSteps(of, "upload", RESTORED),
    {
      ...databaseStep(of, "load", { ...{ COPY: RESTORED, OLD }, ...libpqVariables(of.database) }),
      volumeMounts: secrets("database"),
    },
  ];
}

/** The newest backup in a throwaway database and MLflow, asked for a prediction of each model. */
export function drillSteps(of: Steps): Step[] {
  const RESTORED = `${of.volume}/drill`;
  const local = { PGHOST: SOCKET, PGUSER: "postgres", PGDATABASE: "postgres" };
  return [
    ...(of.log ? replaySteps(of, of.log, `${of.volume}/replayed`) : []),
    repositoryStep(of, "fetch", { RESTORED, AT: "", ...(of.data && { EXCLUDE: "/data" }) }),
    throwawayPostgres(of),
    { ...databaseStep(of, "load", { COPY: RESTORED, ...local }), volumeMounts: [socket] },
    throwawayMlflow(of, RESTORED, local),
    {
      name: "predictions",
      image: of.images.serving,
      command: ["node", "/scripts/restore-drill.mjs"],
      env: environment({
        MODELS: of.apis,
        MLFLOW_TRACKING_URI: `http://127.0.0.1:${PORTS.mlflow}`,
        RESTORED,
        ...of.modelKeys,
        ...(of.pushUrl === undefined ? {} : { PUSH_URL: of.pushUrl }),
      }),
      resources,
    },
  ];
}

function keepFlags({ settings: { keep } }: Steps): string {
  return Object.entries(keep)
    .filter(([, number]) => number > 0)
    .map(([unit, number]) => `--keep-${unit} ${number}`)
    .join(" ");
}

function databaseStep(of: Steps, way: string, variables: Record<string, Variable>): Step {
  return {
    name: "database",
    image: of.images.postgres,
    command: ["/bin/bash", "/scripts/backup-database.sh", way],
    env: environment(variables),
    resources,
  };
}

function reportStep({ images }: Steps, variables: Record<string, string>): Step {
  return {
    name: "report",
    image: images.mlflow,
    command: ["python", "/scripts/backup-report.py"],
    env: environment(variables),
    resources,
  };
}

function repositoryStep(of: Steps, way: string, variables: Record<string, Variable>): Step {
  return resticStep(of, "repository", ["backup-repository.sh", way], of.repository, variables);
}

function resticStep(
  { images, volume }: Steps,
  name: string,
  [script, way]: [string, string],
  repository: Repository,
  variables: Record<string, Variable>,
): Step {
  return {
    name,
    image: images.restic,
    command: ["/bin/sh", `/scripts/${script}`, way],
    env: environment({
      ...variables,
      ...repository.variables,
      RESTIC_CACHE_DIR: `${volume}/cache`,
    }),
    resources,
    volumeMounts: repository.mounts,
  };
}

/** A dump of what the database was at `AT`, or at the end of what is kept, from a copy of the server and its log. */
function replaySteps(of: Steps, log: Repository, RESTORED: string): Step[] {
  const POINT = `${of.volume}/point`;
  return [
    resticStep(of, "log", ["wal-repository.sh", "fetch"], log, { POINT, AT: "" }),
    {
      name: "replay",
      image: of.images.postgres,
      command: ["/bin/bash", "/scripts/wal-archive.sh", "replay"],
      env: environment({ POINT, RESTORED, AT: "", PGDATABASE: of.database.database }),
      resources,
    },
  ];
}

/** The image's own start makes an empty database; its socket's folder is not writable otherwise. */
function throwawayPostgres({ images, volume }: Steps): Step {
  const ready = { exec: { command: ["pg_isready", "-q", "-h", SOCKET] } };
  return {
    server: true,
    name: "throwaway-postgres",
    image: images.postgres,
    command: ["/bin/bash", "-c"],
    args: [
      // The image asks for a password, which nobody needs.
      `rm -rf "$PGDATA"; POSTGRES_PASSWORD=$(head -c 24 /dev/urandom | base64) exec docker-entrypoint.sh postgres -c listen_addresses= -c fsync=off`,
    ],
    env: environment({
      PGDATA: `${volume}/drill-database`,
      POSTGRES_INITDB_ARGS: "--auth-local=trust",
    }),
    startupProbe: { ...ready, periodSeconds: 2, failureThreshold: 90 },
    resources,
    volumeMounts: [socket],
  };
}

/** MLflow of today on a backup that may be of an earlier one. */
function throwawayMlflow({ images }: Steps, restored: string, local: Record<string, string>): Step {
  const uri = "postgresql+psycopg://";
  const serve = `mlflow server --backend-store-uri ${uri} --artifacts-destination ${restored}/artifacts --host 127.0.0.1 --port ${PORTS.mlflow} --workers 1`;
  return {
    server: true,
    name: "throwaway-mlflow",
    image: images.mlflow,
    command: ["/bin/sh", "-c", `mlflow db upgrade ${uri} && exec ${serve}`],
    env: environment(local),
    startupProbe: {
      exec: {
        command: [
          "python",
          "-c",
          `import urllib.request; urllib.request.urlopen('http://127.0.0.1:${PORTS.mlflow}/health', timeout=5)`,
        ],
      },
      timeoutSeconds: 10,
      periodSeconds: 3,
      failureThreshold: 100,
    },
    resources,
    volumeMounts: [socket],
  };
}
