import * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "./config/schema.ts";
import type { ModelSigning } from "./model-signing.ts";
import { NOTHING, together } from "./pod-parts.ts";
import { sourceClient } from "./source-client.ts";
import { type TrainingCronArgs, given, trainingCron } from "./training-cron.ts";
import { DATA_PREFIXES } from "./well-known.ts";

export interface BatchJobArgs extends TrainingCronArgs {
  /** Answers only by what one of these keys signed. @default a version need not be signed */
  signing?: Pick<ModelSigning, "publicKeys">;
  /** What is answered, when, and where the answers go. */
  settings: StackConfig["models"][number]["batch"][number];
}

/** Answers all rows of a source by a registered model, at times (docs/batch-prediction.md). */
export class BatchJob extends pulumi.ComponentResource {
  constructor(name: string, args: BatchJobArgs, opts?: pulumi.ComponentResourceOptions) {
    // Not `slipway:serving`: what has that is Argo CD's where it delivers, and this is the program's.
    super("slipway:batch:BatchJob", name, {}, opts);
    const { settings, signing, data: own } = args;
    const { source, credentials, addresses, endpoint, schedule, resources } = settings;
    const { to, toCredentials, toAddresses, toEndpoint } = settings;
    const target = { credentials: toCredentials, addresses: toAddresses, endpoint: toEndpoint };
    const parts = together(
      sourceClient({ address: source, credentials, addresses, endpoint, own }, this),
      sourceClient({ address: to, ...target, own }, this),
      { ...NOTHING, variables: signing?.publicKeys.variables ?? {} },
    );
    // What is asked for cannot be done, or every row was refused.
    const finalCodes = [2, 3];
    const command = { component: "batch", words: words(args), finalCodes, tmp: "2Gi" };
    trainingCron(name, args, { ...command, schedule, resources, parts }, this);
    this.registerOutputs();
  }
}

/** A Job that is tried again finds what was written, and a day's answers are written once. */
function words({ model, settings, data }: BatchJobArgs): [string, ...pulumi.Input<string>[]] {
  const { name, alias, source, query, table, credentials, to, toCredentials } = settings;
  const own = pulumi.interpolate`s3://${data.data.bucket}/${DATA_PREFIXES.batches}/${model}/${name}/{date}.parquet`;
  const options = { query, table, credentials, "out-credentials": toCredentials };
  return [
    "predict",
    ...["--model", model, "--alias", alias, "--name", name],
    ...["--in", source, "--out", to ?? own, "--skip-existing"],
    ...given(options),
  ];
}
