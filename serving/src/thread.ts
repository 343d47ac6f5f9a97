import { createRequire } from "node:module";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker, type WorkerOptions } from "node:worker_threads";

const EXTENSION = extname(import.meta.filename);

/**
 * Starts a module as a thread. From source it needs a loader of its own: that of the process does not reach it.
 *
 * @param module beside `from`, without its extension, e.g. `./parse-worker`, @param from the caller's `import.meta.url`.
 */
export function startThread(module: string, from: string, options: WorkerOptions): Worker {
  const url = new URL(`${module}${EXTENSION}`, from);
  if (EXTENSION !== ".ts") return new Worker(url, options);
  const { resolve } = createRequire(import.meta.url);
  const files = [resolve("tsx/cjs"), fileURLToPath(url)];
  const program = files.map((file) => `require(${JSON.stringify(file)});`).join("");
  return new Worker(program, { ...options, eval: true });
}
