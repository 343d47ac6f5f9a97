import { BatchJob } from "./batch-job.ts";
import type { StackConfig } from "./config/schema.ts";
import type { SignedBase } from "./day-two.ts";
import { type ModelFolder, changingSource, readModel } from "./lib/model-file.ts";
import type { Mlflow } from "./mlflow.ts";
import { MonitoringJob } from "./monitoring-job.ts";
import type { DataStore } from "./object-store.ts";
import { pushTarget } from "./pushgateway.ts";
import { batchName, monitorName } from "./well-known.ts";

// What a stack has for data that move: predictions that are judged, and rows that are answered all at once.

type Entry = Pick<StackConfig["models"][number], "capture" | "batch">;

/** Whether anything in a stack reads or writes the bucket of data. */
export function needsData({ models }: Pick<StackConfig, "models">, from: ModelFolder): boolean {
  return models.some(
    ({ file, capture, batch }) =>
      capture !== undefined ||
      batch.length > 0 ||
      changingSource(readModel(from, file).content) !== undefined,
  );
}

/** The monitoring and the batches of each model. */
export function closeLoop(
  { config, namespace, images, child, signing }: SignedBase,
  { mlflow }: { mlflow: Mlflow },
  data: DataStore,
  models: readonly (Entry & { name: string })[],
): void {
  // Trainings push to it also where nothing is asked.
  const { monitoring } = config;
  const pushgateway = monitoring.kind === "off" ? undefined : pushTarget(namespace.environment);
  const common = { namespace, image: images.training, mlflow, data, pushgateway };
  for (const { name: model, capture, batch } of models) {
    if (capture) {
      new MonitoringJob(monitorName(model), { ...common, model, settings: capture }, child);
    }
    for (const settings of batch) {
      const name = batchName(model, settings.name);
      new BatchJob(name, { ...common, signing, model, settings }, child);
    }
  }
}
