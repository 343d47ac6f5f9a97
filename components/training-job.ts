import { basename, dirname } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { defaults } from "./config/defaults.ts";
import { CronTask } from "./cron-task.ts";
import { dataClient } from "./data-client.ts";
import { type Namespace, environmentOf } from "./environment.ts";
import { FilesConfigMap } from "./files-config-map.ts";
import { type ImageInput, type ImageReference, imageReference } from "./lib/image-reference.ts";
import {
  type DataFile,
  type ModelFile,
  changingSource,
  readModel,
  remoteSource,
  sourceCredentials,
} from "./lib/model-file.ts";
import { fixedName } from "./lib/options.ts";
import { type Resources, environment, readOnly } from "./lib/pod.ts";
import type { Mlflow } from "./mlflow.ts";
import type { ModelSigning } from "./model-signing.ts";
import type { DataStore } from "./object-store.ts";
import type { PushTarget } from "./pushgateway.ts";
import { type ServingCheck, servingCheck } from "./lib/serving-check.ts";
import { sourceClient } from "./source-client.ts";
import { Task } from "./task.ts";
import { type PodParts, together } from "./pod-parts.ts";
import { type TrackingServer, trackingClient } from "./tracking-client.ts";
import { retrainName } from "./well-known.ts";

const COMPONENT = "training";
const UID = 10001;
const MODELS = "/app/models";

export interface TrainingJobArgs {
  /** Where training runs. */
  namespace: Namespace;
  /** The training package. */
  image: ImageInput;
  /** The prediction API: what it refuses is not promoted. @default a version is promoted without having been loaded by it */
  serving?: ImageInput;
  /** Where runs and models are registered: our own component, or an MLflow that is there. */
  mlflow: Mlflow | TrackingServer;
  /** Signs what is trained. @default versions carry no signature */
  signing?: Pick<ModelSigning, "key">;
  /** What to train: a model YAML, by its path relative to the working directory. */
  model: string | ModelFile;
  /** CPU and memory of one training. @default those of the configuration */
  resources?: Resources;
  /** Where a training tells how it ended, for alerts. @default nowhere */
  pushgateway?: PushTarget | undefined;
  /** Trains again at these times, e.g. `0 3 * * 1`. @default on change only */
  schedule?: string | undefined;
  /** Asks at these times whether `retrain.when` of the YAML gives a reason, and trains where it does. @default never */
  retrain?: { schedule: string } | undefined;
  /** Where snapshots of a source that changes are kept, and the predictions that a reason is found in. @default nowhere */
  data?: DataStore | undefined;
  /** Where its `data.source` leads: CIDR blocks, or `public`. @default what its host says by itself, and for a name the addresses of the internet */
  addresses?: readonly string[] | undefined;
  /** S3 service of its `data.source`. @default Amazon's */
  endpoint?: string | undefined;
  /** Further tries after a crash. @default 2 */
  retries?: number;
  /** Minutes after which training counts as failed. @default 30 */
  deadlineMinutes?: number;
}

/** Trains one model when its image, its YAML or a file that it names changed, and on a schedule where one is given. */
export class TrainingJob extends pulumi.ComponentResource {
  /** Name of the Job, e.g. `diabetes-model-training-1a2b3c4d`. */
  readonly job: pulumi.Output<string>;

  constructor(name: string, args: TrainingJobArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:training:TrainingJob", name, {}, opts);
    const { resources = defaults.resources.training, schedule } = args;
    const { retries = 2, deadlineMinutes = 30, pushgateway, signing } = args;
    const namespace = environmentOf(args.namespace, name, this);
    const image = imageReference(args.image, this);
    const model = modelOf(args.model, this);
    const client = trackingClient(args.mlflow, "training", this);
    const source = this.#source(model, args);
    // Only what reads it is given it: a Job whose variables change is trained anew.
    const snapshots = dataClient(changingSource(model.content) ? args.data : undefined);
    const metadata = namespace.metadata(name, COMPONENT, image.tag);
    const check = servingCheck(
      args.serving === undefined ? undefined : imageReference(args.serving, this),
    );
    const files = new FilesConfigMap(metadata, filesOf(model), fixedName(this));
    const volumes = [
      { name: "models", configMap: { name: files.metadata.name, ...itemsOf(model) } },
      ...client.volumes,
      ...check.volumes,
      ...source.volumes,
      ...(signing ? [signing.key.volume] : []),
    ];
    const reaches = [
      ...client.access,
      ...source.access,
      ...(pushgateway ? [pushgateway.access] : []),
    ];
    const trained = (word: string, data: PodParts) => ({
      ...trainer(word, image, model, client, check, together(source, data), args),
      resources,
    });
    const { job } = new Task(
      name,
      {
        namespace,
        component: COMPONENT,
        image,
        uid: UID,
        container: trained("train", snapshots),
        initContainers: check.initContainers,
        tmp: "1Gi",
        volumes: [...volumes, ...snapshots.volumes],
        reads: signing ? [signing.key] : [],
        reaches: [...reaches, ...snapshots.access],
        identity: [image.tagged, ...check.identity, ...partsOf(model)],
        job: limits(retries, deadlineMinutes),
        schedule,
        dependsOn: [...client.dependsOn, ...snapshots.dependsOn],
        timeout: `${deadlineMinutes + 5}m`,
      },
      this,
    );
    if (args.retrain) {
      const data = dataClient(args.data);
      new CronTask(
        retrainName(model.name),
        {
          namespace,
          component: COMPONENT,
          version: image.tag,
          uid: UID,
          schedule: args.retrain.schedule,
          deadlineMinutes,
          // YAML or data are refused, or the gate says no: the next time comes.
          finalCodes: [2, 3],
          steps: [...check.initContainers, { ...trained("retrain", data), image: image.reference }],
          tmp: "1Gi",
          volumes: [...volumes, ...data.volumes],
          volumeMounts: [],
          reaches: [...reaches, ...data.access],
        },
        this,
      );
    }
    this.job = job.metadata.name;
    this.registerOutputs({ job: this.job });
  }

  /** What its data are read by; nothing where image or Job have them, or they lie in the stack's own bucket. */
  #source({ content }: ModelFile, { addresses, endpoint, data }: TrainingJobArgs): PodParts {
    const address = remoteSource(content);
    const credentials = sourceCredentials(content);
    return sourceClient({ address, credentials, addresses, endpoint, own: data }, this);
  }
}

/** @throws ResourceError where the YAML cannot be read, or a file that it names cannot be given to a Job. */
function modelOf(model: string | ModelFile, owner: pulumi.Resource): ModelFile {
  if (typeof model !== "string") return model;
  const folder = dirname(model);
  try {
    return readModel({ path: folder, shown: folder }, basename(model));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new pulumi.ResourceError(reason, owner, true);
  }
}

/** What a model's training depends on beside the image. */
function partsOf(model: ModelFile): string[] {
  const named = filesNamed(model).flatMap(({ path, content }) => [
    path,
    content.toString("base64"),
  ]);
  return [model.content, ...named];
}

/** The model's YAML, and the files that it names. */
function filesOf(model: ModelFile): Record<string, string | Buffer> {
  const named = filesNamed(model).map((file) => [keyOf(file), file.content] as const);
  return { [model.file]: model.content, ...Object.fromEntries(named) };
}

/** Where a file is named by a path, the pod finds it under that path, as it is in the repository. */
function itemsOf(model: ModelFile) {
  const named = filesNamed(model).map((file) => ({ key: keyOf(file), path: file.path }));
  return named.length === 0 ? {} : { items: [{ key: model.file, path: model.file }, ...named] };
}

function filesNamed({ data, pipeline }: ModelFile): DataFile[] {
  return [data, pipeline].filter((file) => file !== undefined);
}

/** What a ConfigMap takes as a key; `data-` keeps it from being the YAML's. */
function keyOf({ path }: DataFile): string {
  return `data-${path.replaceAll(/[^-._a-zA-Z0-9]/g, "_")}`.slice(0, 253);
}

function limits(retries: number, deadlineMinutes: number) {
  return {
    backoffLimit: retries,
    activeDeadlineSeconds: deadlineMinutes * 60,
    // No rule `FailJob`, although an invalid YAML gets no better by trying again: Pulumi does not take
    // a Job that such a rule ended for failed, and would wait until its timeout.
    podFailurePolicy: {
      rules: [
        // A drained node is no fault of the training.
        { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] },
      ],
    },
  };
}

function trainer(
  word: string,
  image: ImageReference,
  model: ModelFile,
  client: PodParts,
  check: ServingCheck,
  data: PodParts,
  { signing, pushgateway }: TrainingJobArgs,
) {
  return {
    name: "training",
    command: ["python", "-m", "training"],
    args: [word, ...(word === "train" ? check.args : []), `${MODELS}/${model.file}`],
    env: environment({
      ...client.variables,
      ...check.variables,
      ...data.variables,
      ...signing?.key.variables,
      GIT_SHA: image.commit,
      ...(pushgateway ? { PUSH_URL: pushgateway.url } : {}),
    }),
    volumeMounts: [
      ...[readOnly("models", MODELS), ...client.volumeMounts, ...check.volumeMounts],
      ...data.volumeMounts,
      ...(signing ? [signing.key.volumeMount] : []),
    ],
  };
}
