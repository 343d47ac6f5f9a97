import { parentPort, workerData } from "node:worker_threads";

import { parseModelFile, type ModelFile } from "./model-file.ts";
import { PackageError, type PackageFault } from "./package-error.ts";

/** What the thread of {@link readModelFile} answers: an error loses its class on the way. */
export type Parsed = { file: ModelFile } | { fault: PackageFault; message: string };

function parsed(text: string): Parsed {
  try {
    return { file: parseModelFile(text) };
  } catch (error) {
    if (!(error instanceof PackageError)) throw error;
    return { fault: error.fault, message: error.message };
  }
}

parentPort?.postMessage(parsed(workerData as string));
