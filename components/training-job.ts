import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Image } from "./image.ts";
import { FilesConfigMap } from "./lib/files-config-map.ts";
import { contentHash } from "./lib/hash.ts";
import { labels } from "./lib/labels.ts";
import type { DataFile, ModelFile } from "./lib/model-file.ts";
import { policy } from "./lib/network.ts";
import { fixedName } from "./lib/options.ts";
import { type Resources, container, podSpec, scratch } from "./lib/pod.ts";
import { ACCOUNT_MOUNT, type Mlflow, clientEnvironment } from "./mlflow.ts";
import type { PlatformNamespace } from "./platform-namespace.ts";

const UID = 10001;
const MODELS = "/app/models";

export interface TrainingJobArgs {
  /** Where training runs. */
  namespace: PlatformNamespace;
  /** The training package. */
  image: Image;
  /** Where runs and models are registered. */
  mlflow: Mlflow;
  /** What to train. */
  model: ModelFile;
  /** CPU and memory of one training. */
  resources: Resources;
  /** Trains again at these times, e.g. `0 3 * * 1`. @default on change only */
  schedule?: string | undefined;
  /** Further tries after a crash. @default 2 */
  retries?: number;
  /** Minutes after which training counts as failed. @default 30 */
  deadlineMinutes?: number;
}

/** Trains one model when its image, its YAML or its CSV file changed, and on a schedule where one is given. */
export class TrainingJob extends pulumi.ComponentResource {
  /** Name of the Job, e.g. `diabetes-model-training-1a2b3c4d`. */
  readonly job: pulumi.Output<string>;

  constructor(name: string, args: TrainingJobArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:training:TrainingJob", name, {}, opts);
    const { namespace, image, mlflow, model, schedule } = args;
    const selector = namespace.selector(name);
    const child = fixedName(this);
    const metadata = {
      name,
      namespace: namespace.name,
      labels: labels(selector, "training", image.tag),
    };

    const files = new FilesConfigMap(metadata, filesOf(model), child);
    // A source of data may be any address.
    const outside = {
      to: [{ ipBlock: { cidr: "0.0.0.0/0" } }],
      ports: [{ protocol: "TCP", port: 443 }],
    };
    const spec = policy(selector, { egress: [...mlflow.access.egress, outside] });
    new k8s.networking.v1.NetworkPolicy(name, { metadata, spec }, child);

    const podLabels = { ...metadata.labels, ...mlflow.access.labels };
    const template = jobSpec(args, podLabels, files.metadata.name);
    const { content, data } = model;
    const parts = data ? [data.path, data.content.toString("base64")] : [];
    const jobName = `${name}-${contentHash(image.tagged, content, ...parts)}`;
    // The old Job goes first: an `up` that fails then leaves none of its name in the way of a revert.
    const job = new k8s.batch.v1.Job(
      name,
      {
        metadata: {
          ...metadata,
          name: jobName,
          // A Job that failed is run again by the next `up`; one that is done stays as the record
          // of what was trained.
          annotations: { "pulumi.com/replaceUnready": "true" },
        },
        spec: template,
      },
      {
        ...child,
        dependsOn: mlflow,
        customTimeouts: { create: `${(args.deadlineMinutes ?? 30) + 5}m` },
      },
    );
    if (schedule !== undefined) {
      new k8s.batch.v1.CronJob(
        name,
        { metadata, spec: cronJobSpec(schedule, metadata.labels, template) },
        child,
      );
    }
    this.job = job.metadata.name;
    this.registerOutputs({ job: this.job });
  }
}

/** The model's YAML, and the CSV file that it names. */
function filesOf({ file, content, data }: ModelFile): Record<string, string | Buffer> {
  return data ? { [file]: content, [keyOf(data)]: data.content } : { [file]: content };
}

/** Where a CSV file is named by a path, the pod finds it under that path, as it is in the repository. */
function itemsOf({ file, data }: ModelFile) {
  if (data === undefined) return {};
  return {
    items: [
      { key: file, path: file },
      { key: keyOf(data), path: data.path },
    ],
  };
}

/** What a ConfigMap takes as a key; `data-` keeps it from being the YAML's. */
function keyOf({ path }: DataFile): string {
  return `data-${path.replaceAll(/[^-._a-zA-Z0-9]/g, "_")}`.slice(0, 253);
}

function jobSpec(
  args: TrainingJobArgs,
  podLabels: Record<string, string>,
  files: pulumi.Input<string>,
): k8s.types.input.batch.v1.JobSpec {
  const { namespace, mlflow, model, retries = 2, deadlineMinutes = 30 } = args;
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
    template: {
      metadata: { labels: podLabels },
      spec: podSpec(namespace.pods, {
        uid: UID,
        restartPolicy: "Never",
        containers: [trainer(args)],
        volumes: [
          scratch("tmp", "1Gi"),
          { name: "models", configMap: { name: files, ...itemsOf(model) } },
          mlflow.training.volume(ACCOUNT_MOUNT.name),
        ],
      }),
    },
  };
}

function trainer({ image, mlflow, model, resources }: TrainingJobArgs) {
  return container({
    name: "training",
    image: image.reference,
    command: ["python", "-m", "training"],
    args: ["train", `${MODELS}/${model.file}`],
    env: [...clientEnvironment(mlflow, mlflow.training), { name: "GIT_SHA", value: image.commit }],
    resources,
    volumeMounts: [{ name: "models", mountPath: MODELS, readOnly: true }, ACCOUNT_MOUNT],
  });
}

function cronJobSpec(
  schedule: string,
  jobLabels: Record<string, string>,
  template: k8s.types.input.batch.v1.JobSpec,
): k8s.types.input.batch.v1.CronJobSpec {
  return {
    schedule,
    concurrencyPolicy: "Forbid",
    startingDeadlineSeconds: 3600,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 3,
    jobTemplate: { metadata: { labels: jobLabels }, spec: template },
  };
}
