import * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "./config/schema.ts";
import { type TrainingCronArgs, trainingCron } from "./training-cron.ts";

export interface MonitoringJobArgs extends TrainingCronArgs {
  /** When, how far back, and how long all is kept. */
  settings: NonNullable<StackConfig["models"][number]["capture"]>;
}

/** Works out drift and quality of a model's champion from its prediction log, at times (docs/prediction-log.md). */
export class MonitoringJob extends pulumi.ComponentResource {
  constructor(name: string, args: MonitoringJobArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:monitoring:MonitoringJob", name, {}, opts);
    const { rows, days, retentionDays, schedule, resources } = args.settings;
    const limits = { rows, days, "keep-days": retentionDays };
    const flags = Object.entries(limits).flatMap(([flag, value]) => [`--${flag}`, String(value)]);
    trainingCron(
      name,
      args,
      {
        component: "model-monitoring",
        words: ["monitor", "--model", args.model, "--champion", ...flags],
        finalCodes: [2],
        tmp: "1Gi",
        ...{ schedule, resources },
      },
      this,
    );
    this.registerOutputs();
  }
}
