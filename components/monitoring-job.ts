import * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "./config/schema.ts";
import { sourceClient } from "./source-client.ts";
import { type TrainingCronArgs, given, trainingCron } from "./training-cron.ts";

export interface MonitoringJobArgs extends TrainingCronArgs {
  /** When, how far back, and how long all is kept. */
  settings: NonNullable<StackConfig["models"][number]["capture"]>;
}

/** Works out drift and quality of a model's champion from its prediction log, at times (docs/prediction-log.md). */
export class MonitoringJob extends pulumi.ComponentResource {
  constructor(name: string, args: MonitoringJobArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:monitoring:MonitoringJob", name, {}, opts);
    const { rows, days, retentionDays, schedule, resources, labels } = args.settings;
    const limits = { rows, days, "keep-days": retentionDays };
    const flags = given(limits);
    trainingCron(
      name,
      args,
      {
        component: "model-monitoring",
        words: ["monitor", "--model", args.model, "--champion", ...flags, ...labelWords(labels)],
        finalCodes: [2],
        ...(labels && {
          parts: sourceClient({ ...labels, address: labels.source, own: args.data }, this),
        }),
        tmp: "1Gi",
        ...{ schedule, resources },
      },
      this,
    );
    this.registerOutputs();
  }
}

function labelWords(labels: MonitoringJobArgs["settings"]["labels"]): string[] {
  if (labels === undefined) return [];
  const { source, query, table, credentials, id, label, time, row } = labels;
  const options = { query, table, credentials, id, label, time, row };
  return ["--labels", source, ...given(options, "labels-")];
}
