import { buildApp } from "./app.ts";
import { ConfigError, readConfig, type Config } from "./config.ts";
import { Metrics } from "./metrics.ts";
import { ModelManager } from "./model/manager.ts";
import { closeOnSignal } from "./shutdown.ts";
import { FolderSource } from "./registry/folder.ts";
import { MlflowRegistry } from "./registry/mlflow-registry.ts";
import type { ModelSource } from "./registry/source.ts";

/** Reads the environment, listens, then looks for the model: it answers probes from the start. */
async function main(): Promise<void> {
  const config = readConfig(process.env);
  const metrics = new Metrics();
  const { limits, pollSeconds } = config;
  const source = sourceOf(config);
  const app = await buildApp({
    config,
    metrics,
    manage: (log) => new ModelManager({ source, limits, pollSeconds, metrics, log }),
  });
  closeOnSignal(app, config.drainSeconds);
  await app.listen({ host: config.host, port: config.port });
  await app.models.start();
}

function sourceOf({ model, trackingUri = "", credentials }: Config): ModelSource {
  if (model.kind === "folder") return new FolderSource(model.path);
  return new MlflowRegistry(trackingUri, model, credentials);
}

main().catch((error: unknown) => {
  const text = error instanceof ConfigError ? error.message : String((error as Error).stack);
  process.stderr.write(`${text}\n`);
  process.exit(error instanceof ConfigError ? 2 : 1);
});
