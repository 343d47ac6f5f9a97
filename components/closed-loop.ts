import { BatchJob } from "./batch-job.ts";
import type { StackConfig } from "./config/schema.ts";
import type { SignedBase } from "./day-two.ts";
import { type ModelFile, changingSource } from "./lib/model-file.ts";
import type { Mlflow } from "./mlflow.ts";
import type { Monitoring } from "./monitoring.ts";
import { MonitoringJob } from "./monitoring-job.ts";
import type { DataStore } from "./object-store.ts";
import { batchName, monitorName } from "./well-known.ts";

// What a stack has for data that move: predictions that are judged, and rows that are answered all at once.

type Entry = Pick<StackConfig["models"][number], "capture" | "batch">;

/** Whether anything of the models reads or writes the bucket of data. */
export function needsData(models: readonly (Entry & { model: ModelFile })[]): boolean {
  return models.some(
    ({ model, capture, batch }) =>
      capture !== undefined || batch.length > 0 || changingSource(model.content) !== undefined,
  );
}

/** The monitoring and the batches of each model. */
export function closeLoop(
  { namespace, images, child, signing }: SignedBase,
  { mlflow }: { mlflow: Mlflow },
  data: DataStore,
  models: readonly (Entry & { name: string })[],
  { pushgateway }: Monitoring,
): void {
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
