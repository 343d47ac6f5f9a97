import * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "./config/schema.ts";
import { CronTask } from "./cron-task.ts";
import { dataClient } from "./data-client.ts";
import { type Namespace, environmentOf } from "./environment.ts";
import { type ImageInput, imageReference } from "./lib/image-reference.ts";
import { environment } from "./lib/pod.ts";
import type { Mlflow } from "./mlflow.ts";
import type { DataStore } from "./object-store.ts";
import type { PushTarget } from "./pushgateway.ts";
import { type TrackingServer, trackingClient } from "./tracking-client.ts";

const UID = 10001;

export interface MonitoringJobArgs {
  /** Where it runs. */
  namespace: Namespace;
  /** The training package. */
  image: ImageInput;
  /** Registry that holds the model: our own component, or an MLflow that is there. */
  mlflow: Mlflow | TrackingServer;
  /** Where its API keeps predictions. */
  data: DataStore;
  /** Registered model name; the alias `champion` is judged. */
  model: string;
  /** When, how far back, and how long all is kept. */
  settings: NonNullable<StackConfig["models"][number]["capture"]>;
  /** Where what was found is pushed to. @default nowhere */
  pushgateway?: PushTarget | undefined;
}

/** Works out drift and quality of a model from its prediction log, at times (docs/prediction-log.md). */
export class MonitoringJob extends pulumi.ComponentResource {
  constructor(name: string, args: MonitoringJobArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:monitoring:MonitoringJob", name, {}, opts);
    const { model, settings, pushgateway } = args;
    const namespace = environmentOf(args.namespace, name, this);
    const image = imageReference(args.image, this);
    const tracking = trackingClient(args.mlflow, "training", this);
    const data = dataClient(args.data);
    const { rows, days, retentionDays, schedule, resources } = settings;
    const limits = { rows, days, "keep-days": retentionDays };
    const flags = Object.entries(limits).flatMap(([flag, value]) => [`--${flag}`, String(value)]);
    new CronTask(
      name,
      {
        namespace,
        component: "model-monitoring",
        version: image.tag,
        uid: UID,
        schedule,
        finalCodes: [2],
        steps: [
          {
            name: "monitor",
            image: image.reference,
            command: ["python", "-m", "training"],
            args: ["monitor", "--model", model, "--champion", ...flags],
            env: environment({
              ...tracking.variables,
              ...data.variables,
              ...(pushgateway ? { PUSH_URL: pushgateway.url } : {}),
            }),
            resources,
          },
        ],
        tmp: "1Gi",
        volumes: [...tracking.volumes, ...data.volumes],
        volumeMounts: [...tracking.volumeMounts, ...data.volumeMounts],
        reaches: [tracking.access, ...data.access, ...(pushgateway ? [pushgateway.access] : [])],
      },
      this,
    );
    this.registerOutputs();
  }
}
