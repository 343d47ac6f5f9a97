import type * as pulumi from "@pulumi/pulumi";
import { CronTask } from "./cron-task.ts";
import { dataClient } from "./data-client.ts";
import { type Namespace, environmentOf } from "./environment.ts";
import { type ImageInput, imageReference } from "./lib/image-reference.ts";
import { type Resources, environment } from "./lib/pod.ts";
import type { Mlflow } from "./mlflow.ts";
import type { DataStore } from "./object-store.ts";
import { NOTHING, type PodParts, together } from "./pod-parts.ts";
import type { PushTarget } from "./pushgateway.ts";
import { type TrackingServer, trackingClient } from "./tracking-client.ts";

const UID = 10001;

/** What every command of the training package needs that looks at models and data at times. */
export interface TrainingCronArgs {
  /** Where it runs. */
  namespace: Namespace;
  /** The training package. */
  image: ImageInput;
  /** Registry that holds the model: our own component, or an MLflow that is there. */
  mlflow: Mlflow | TrackingServer;
  /** The bucket of predictions and answers. */
  data: DataStore;
  /** Registered model name. */
  model: string;
  /** Where it tells what it found or did, for alerts. @default nowhere */
  pushgateway?: PushTarget | undefined;
}

/** A command, and when it runs. */
interface Command {
  /** Its role: the label `app.kubernetes.io/component`. */
  component: string;
  /** As cron. */
  schedule: string;
  /** Behind `python -m training`; the first names the container. */
  words: [string, ...pulumi.Input<string>[]];
  /** Exit codes that another try would end with too. */
  finalCodes: number[];
  resources: Resources;
  /** Size of its `/tmp`. */
  tmp: string;
  /** What it needs beside MLflow, the bucket and the gateway. @default nothing */
  parts?: PodParts;
}

/** A command of the training package as a CronJob, as children of the component that it belongs to. */
export function trainingCron(
  name: string,
  { image: given, mlflow, data, pushgateway, ...args }: Omit<TrainingCronArgs, "model">,
  { component, schedule, words, finalCodes, resources, tmp, parts = NOTHING }: Command,
  owner: pulumi.Resource,
): void {
  const image = imageReference(given, owner);
  const all = together(
    trackingClient(mlflow, "training", owner),
    dataClient(data),
    parts,
    pushgateway
      ? { ...NOTHING, variables: { PUSH_URL: pushgateway.url }, access: [pushgateway.access] }
      : NOTHING,
  );
  const step = {
    name: words[0],
    image: image.reference,
    command: ["python", "-m", "training"],
    args: words,
    env: environment(all.variables),
    resources,
  };
  const namespace = environmentOf(args.namespace, name, owner);
  const { volumes, volumeMounts, access: reaches } = all;
  const when = { schedule, finalCodes };
  const run = { component, version: image.tag, uid: UID, steps: [step], tmp };
  new CronTask(name, { namespace, ...when, ...run, volumes, volumeMounts, reaches }, owner);
}

/** Options of a command, of those that have a value. */
export function given(options: Record<string, string | number | undefined>, prefix = ""): string[] {
  return Object.entries(options).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${prefix}${name}`, String(value)],
  );
}
