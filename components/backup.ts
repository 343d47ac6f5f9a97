import * as pulumi from "@pulumi/pulumi";
import type { StackArgs, StackConfig } from "./config/schema.ts";
import { settledPart } from "./config/settled.ts";
import { defaults } from "./config/defaults.ts";
import { Credentials, type Login, loginVolume } from "./credentials.ts";
import { DataVolume } from "./data-volume.ts";
import { type Environment, type Namespace, environmentOf } from "./environment.ts";
import { FilesConfigMap } from "./files-config-map.ts";
import {
  type Repository,
  type Steps,
  backupSteps,
  drillSteps,
  momentSteps,
  restoreSteps,
} from "./lib/backup-steps.ts";
import { scriptFile } from "./lib/files.ts";
import { type ImageInput, imageReference } from "./lib/image-reference.ts";
import type { Access } from "./lib/network.ts";
import { fixedName } from "./lib/options.ts";
import { readOnly, scratch, secrets } from "./lib/pod.ts";
import { CronTask, NEVER, type Step } from "./cron-task.ts";
import type { ModelSigning } from "./model-signing.ts";
import type { ObjectStore } from "./object-store.ts";
import { accessOutside, serverOf } from "./outside.ts";
import type { Postgres } from "./postgres.ts";
import type { ApiReference } from "./prediction-api.ts";
import type { Pushgateway } from "./pushgateway.ts";
import { walArchive } from "./wal-archive.ts";

/** The user of Postgres' official image, as whom the throwaway server of a drill must run. */
const UID = 999;
const SCRIPTS = [
  "backup-store.sh",
  "backup-artifacts.py",
  "backup-database.sh",
  "backup-report.py",
  "backup-repository.sh",
  "fingerprint.sql",
  "postgres-client.sh",
  "restore-drill.mjs",
  "s3_bucket.py",
  "wal-archive.sh",
  "wal-repository.sh",
];
/** Where the volume is mounted. */
const VOLUME = "/backup";

export interface BackupArgs {
  /** Where the backups are made. */
  namespace: Namespace;
  /** Where backups go, how often, and how long they are kept. */
  settings: NonNullable<StackArgs["backup"]>;
  /** MLflow's database. */
  database: Postgres;
  /** Store of models and artifacts. */
  objectStore: ObjectStore;
  /** MLflow, whose Python copies objects, and which serves a drill. */
  mlflow: ImageInput;
  /** The serving package, which predicts in a drill. */
  serving: ImageInput;
  /** A drill fails where its restored champion is not signed by one of these keys. @default it need not be signed */
  signing?: Pick<ModelSigning, "publicKeys">;
  /** Postgres' and restic's images. @default those of the configuration */
  images?: Pick<StackConfig["images"], "postgres" | "restic">;
  /** The API of each model, by the model's name: a drill compares its prediction. */
  apis: Readonly<Record<string, ApiReference>>;
  /** Where success is pushed to, for alerts. @default nowhere */
  pushgateway?: Pushgateway | undefined;
}

/**
 * Backups of database and artifacts by restic: CronJob `backup` makes them, `restore-drill` proves the newest by a prediction, and
 * `restore` is the template of the Job that `npm run restore` makes.
 */
export class Backup extends pulumi.ComponentResource {
  /** Name of the Secret whose key `password` opens the backups. */
  readonly secret: pulumi.Output<string>;

  constructor(name: string, args: BackupArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:data:Backup", name, {}, opts);
    const settings = settledPart("backup", args.settings, this);
    const { database, objectStore, images = defaults.images, pushgateway } = args;
    const namespace = environmentOf(args.namespace, name, this);
    const [mlflow, serving] = [
      imageReference(args.mlflow, this),
      imageReference(args.serving, this),
    ];
    const key = new Credentials(
      `${name}-key`,
      { namespace, of: name, username: "restic", password: settings.password },
      { parent: this },
    );
    const store = this.#store(name, namespace, settings.to);
    const { volume } = new DataVolume(name, { namespace, ...settings }, this);
    const metadata = namespace.metadata(name, "backup");
    const files = Object.fromEntries(SCRIPTS.map((file) => [file, scriptFile(file)]));
    const scripts = new FilesConfigMap(metadata, files, fixedName(this));
    const archive = this.#archive(database, settings.pointInTime);

    const steps: Steps = {
      images: { ...images, mlflow: mlflow.reference, serving: serving.reference },
      settings,
      volume: VOLUME,
      database: database.mlflow,
      objects: objectStore.mlflow,
      data: objectStore.data?.data,
      repository: store.backups,
      log: archive && store.log,
      apis: demoUrls(args.apis, namespace),
      modelKeys: args.signing?.publicKeys.variables ?? {},
      pushUrl: pushgateway?.url,
    };
    const common = {
      namespace,
      component: "backup",
      version: mlflow.tag,
      uid: UID,
      tmp: "1Gi",
      volumes: [
        volume,
        scratch("socket", "1Mi"),
        scripts.volume("scripts"),
        loginVolume("key", key),
        loginVolume("database", database.mlflow.credentials),
        loginVolume("object-store", objectStore.mlflow.credentials),
        ...(objectStore.data ? [loginVolume("data-store", objectStore.data.data.credentials)] : []),
        ...store.volumes,
      ],
      volumeMounts: [{ name: "data", mountPath: VOLUME }, readOnly("scripts", "/scripts")],
    };
    const push = pushgateway ? [pushgateway.access] : [];
    const data = [database.access, objectStore.access, store.access];
    const task = (of: string, schedule: string, made: Step[], reaches: Access[], more = {}) =>
      new CronTask(of, { ...common, schedule, steps: made, reaches, ...more }, this);
    task(name, settings.schedule, backupSteps(steps), [...data, ...push]);
    const apis = Object.values(args.apis).map(({ access }) => access);
    const drilled = [store.access, ...apis, ...push];
    task("restore-drill", settings.drill.schedule, drillSteps(steps), drilled);
    task("restore", NEVER, restoreSteps(steps), data, { suspended: true });
    if (archive) {
      task("restore-moment", NEVER, momentSteps(steps, store.log), data, { suspended: true });
      walArchive(
        "wal-archive",
        {
          ...{ namespace, uid: UID, images, settings: archive.settings, database: archive.client },
          ...{ repository: store.log, volumes: [loginVolume("key", key), ...store.volumes] },
          ...{ pushUrl: steps.pushUrl, scripts, reaches: [database.access, store.access, ...push] },
        },
        this,
      );
    }
    this.secret = key.secret;
    this.registerOutputs({ secret: this.secret });
  }

  /** Who receives every change, where that is wanted. @throws ResourceError where the database does not let anybody. */
  #archive({ archive: client }: Postgres, settings: StackBackup["pointInTime"]) {
    if (settings === undefined) return undefined;
    if (client) return { settings, client };
    const reason = "'settings.pointInTime' needs a 'database' that was made with 'archived: true'";
    throw new pulumi.ResourceError(reason, this, true);
  }

  /** How restic reaches where backups are kept. */
  #store(name: string, namespace: Environment, to: StackBackup["to"]): Store {
    const variables = {
      STACK: namespace.instance,
      RESTIC_PASSWORD_FILE: "/run/secrets/key/password",
    };
    const store = (at: pulumi.Input<string>, mounts: Repository["mounts"], more = {}) => {
      const repository = (RESTIC_REPOSITORY: pulumi.Input<string>): Repository => ({
        variables: { ...variables, RESTIC_REPOSITORY, ...more },
        mounts,
      });
      return { backups: repository(at), log: repository(pulumi.interpolate`${at}/wal`) };
    };
    if (to.kind === "volume") {
      const made = store(`${VOLUME}/repository`, secrets("key"));
      return { ...made, volumes: [], access: { labels: {}, egress: [] } };
    }
    const account = { username: to.accessKey, password: to.secretKey };
    const login: Login = new Credentials(
      `${name}-store`,
      { namespace, of: name, ...account },
      { parent: this },
    );
    const at = pulumi.interpolate`s3:${to.endpoint.replace(/\/$/, "")}/${to.bucket}/${namespace.instance}`;
    const bucket = { AWS_DEFAULT_REGION: to.region, BACKUP_SECRET: "/run/secrets/store" };
    return {
      ...store(at, secrets("key", "store"), bucket),
      volumes: [loginVolume("store", login)],
      access: accessOutside(serverOf(to.endpoint, to), "settings.to.addresses", this),
    };
  }
}

type StackBackup = NonNullable<StackConfig["backup"]>;

interface Store {
  backups: Repository;
  /** Every change of the database. */
  log: Repository;
  /** What holds its account. */
  volumes: ReturnType<typeof loginVolume>[];
  access: Access;
}

/** `NAME=URL` of each API's own example, as the drill reads it. */
function demoUrls(apis: BackupArgs["apis"], { plainName }: Environment): string {
  const all = Object.entries(apis).map(
    ([model, { service }]) =>
      `${model}=http://${service.name}.${plainName}:${service.port}/predict/demo`,
  );
  return all.sort().join(" ");
}
