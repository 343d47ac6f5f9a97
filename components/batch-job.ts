import * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "./config/schema.ts";
import { CronTask } from "./cron-task.ts";
import { dataClient, together } from "./data-client.ts";
import { type Namespace, environmentOf } from "./environment.ts";
import { type ImageInput, imageReference } from "./lib/image-reference.ts";
import { environment } from "./lib/pod.ts";
import type { Mlflow } from "./mlflow.ts";
import type { ModelSigning } from "./model-signing.ts";
import type { DataStore } from "./object-store.ts";
import type { PushTarget } from "./pushgateway.ts";
import { sourceClient } from "./source-client.ts";
import { type TrackingServer, trackingClient } from "./tracking-client.ts";
import { DATA_PREFIXES } from "./well-known.ts";

const UID = 10001;

export interface BatchJobArgs {
  /** Where it runs. */
  namespace: Namespace;
  /** The training package. */
  image: ImageInput;
  /** Registry that holds the model: our own component, or an MLflow that is there. */
  mlflow: Mlflow | TrackingServer;
  /** Answers only by what one of these keys signed. @default a version need not be signed */
  signing?: Pick<ModelSigning, "publicKeys">;
  /** Where answers go that `settings.to` says nothing of. */
  data: DataStore;
  /** Registered model name. */
  model: string;
  /** What is answered, when, and where the answers go. */
  settings: StackConfig["models"][number]["batch"][number];
  /** Where it tells how it ended, for alerts. @default nowhere */
  pushgateway?: PushTarget | undefined;
}

/** Answers all rows of a source by a registered model, at times (docs/batch-prediction.md). */
export class BatchJob extends pulumi.ComponentResource {
  constructor(name: string, args: BatchJobArgs, opts?: pulumi.ComponentResourceOptions) {
    // Not `slipway:serving`: what has that is Argo CD's where it delivers, and this is the program's.
    super("slipway:batch:BatchJob", name, {}, opts);
    const { pushgateway, settings, signing } = args;
    const namespace = environmentOf(args.namespace, name, this);
    const image = imageReference(args.image, this);
    const tracking = trackingClient(args.mlflow, "training", this);
    const { source, credentials, addresses, endpoint } = settings;
    const { to, toCredentials, toAddresses, toEndpoint } = settings;
    const own = args.data;
    const target = { credentials: toCredentials, addresses: toAddresses, endpoint: toEndpoint };
    const parts = together(
      dataClient(own),
      sourceClient({ address: source, credentials, addresses, endpoint, own }, this),
      sourceClient({ address: to, ...target, own }, this),
    );
    new CronTask(
      name,
      {
        namespace,
        component: "batch",
        version: image.tag,
        uid: UID,
        schedule: settings.schedule,
        // What is asked for cannot be done, or every row was refused.
        finalCodes: [2, 3],
        steps: [
          {
            name: "predict",
            image: image.reference,
            command: ["python", "-m", "training"],
            args: words(args),
            env: environment({
              ...tracking.variables,
              ...parts.variables,
              ...signing?.publicKeys.variables,
              ...(pushgateway ? { PUSH_URL: pushgateway.url } : {}),
            }),
            resources: settings.resources,
          },
        ],
        tmp: "2Gi",
        volumes: [...tracking.volumes, ...parts.volumes],
        volumeMounts: [...tracking.volumeMounts, ...parts.volumeMounts],
        reaches: [tracking.access, ...parts.access, ...(pushgateway ? [pushgateway.access] : [])],
      },
      this,
    );
    this.registerOutputs();
  }
}

/** A Job that is tried again finds what was written, and a day's answers are written once. */
function words({ model, settings, data }: BatchJobArgs): pulumi.Input<string>[] {
  const { name, alias, source, query, table, credentials, to, toCredentials } = settings;
  const own = pulumi.interpolate`s3://${data.data.bucket}/${DATA_PREFIXES.batches}/${model}/${name}/{date}.parquet`;
  const options = { query, table, credentials, "out-credentials": toCredentials };
  return [
    ...["predict", "--model", model, "--alias", alias, "--name", name],
    ...["--in", source, "--out", to ?? own, "--skip-existing"],
    ...Object.entries(options).flatMap(([flag, value]) =>
      value === undefined ? [] : [`--${flag}`, value],
    ),
  ];
}
