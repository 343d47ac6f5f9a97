import { buildApp } from "./app.ts";
import { ConfigError, readConfig, type Config } from "./config.ts";
import { Metrics } from "./metrics.ts";
import { ModelManager, type ManagerParts } from "./model/manager.ts";
import { closeOnSignal } from "./shutdown.ts";
import { FolderSource } from "./registry/folder.ts";
import { MlflowRegistry } from "./registry/mlflow-registry.ts";
import { PackageCache } from "./registry/package-cache.ts";

/** Reads the environment, listens, then looks for the model: it answers probes from the start. */
async function main(): Promise<void> {
  const config = readConfig(process.env);
  const metrics = new Metrics();
  const { limits, publicKeys, pollSeconds } = config;
  const sources = sourcesOf(config);
  const app = await buildApp({
    config,
    metrics,
    manage: (log) =>
      new ModelManager({ ...sources, limits, publicKeys, pollSeconds, metrics, log }),
  });
  closeOnSignal(app, config.drainSeconds);
  await app.listen({ host: config.host, port: config.port });
  await app.models.start();
}

/**
 * Where the model comes from, and from where else it may at a start: the version that was champion before, then what this server
 * had kept. What is asked for by its number is that version and no other.
 */
function sourcesOf({
  model,
  trackingUri = "",
  credentials,
  cacheFolder,
}: Config): Pick<ManagerParts, "source" | "earlier" | "cache"> {
  if (model.kind === "folder") return { source: new FolderSource(model.path) };
  const registry = (reference: typeof model) =>
    new MlflowRegistry(trackingUri, reference, credentials);
  const isChampion = model.kind === "alias" && model.alias === "champion";
  return {
    source: registry(model),
    earlier: isChampion ? registry({ ...model, alias: "previous" }) : undefined,
    cache: cacheFolder === undefined ? undefined : new PackageCache(cacheFolder, model.name),
  };
}

main().catch((error: unknown) => {
  const text = error instanceof ConfigError ? error.message : String((error as Error).stack);
  process.stderr.write(`${text}\n`);
  process.exit(error instanceof ConfigError ? 2 : 1);
});
