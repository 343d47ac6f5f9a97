import { startThread } from "../thread.ts";
import type { ModelFile } from "./model-file.ts";
import { PackageError } from "./package-error.ts";
import type { Parsed } from "./parse-worker.ts";

/** What an `MLmodel` file may cost: one of 3000 features takes 3 MiB, and some 100 MiB while it is read. */
const LIMITS = { seconds: 30, heapMegabytes: 192 };

/**
 * Reads the package out of an `MLmodel` file's text, as {@link parseModelFile}, in a thread of its own: whatever somebody
 * registered, requests are answered meanwhile, and a text that would eat all memory ends the thread and not the server.
 *
 * @throws PackageError naming every fault.
 */
export async function readModelFile(
  text: string,
  { seconds, heapMegabytes } = LIMITS,
): Promise<ModelFile> {
  const limits = { maxOldGenerationSizeMb: heapMegabytes, maxYoungGenerationSizeMb: 32 };
  const worker = startThread("./parse-worker", import.meta.url, {
    workerData: text,
    resourceLimits: limits,
  });
  let timer: NodeJS.Timeout | undefined;
  try {
    const parsed = await new Promise<Parsed>((resolve, reject) => {
      worker.once("message", resolve);
      worker.once("error", reject);
      timer = setTimeout(() => {
        reject(new PackageError("metadata", `MLmodel takes more than ${seconds} s to read`));
      }, seconds * 1000);
    });
    if ("file" in parsed) return parsed.file;
    throw new PackageError(parsed.fault, parsed.message);
  } catch (error) {
    if ((error as { code?: unknown }).code !== "ERR_WORKER_OUT_OF_MEMORY") throw error;
    const detail = `MLmodel takes more than ${heapMegabytes} MiB of memory to read`;
    throw new PackageError("metadata", detail, { cause: error });
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}
