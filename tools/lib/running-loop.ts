import { readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { z } from "zod";
import { Failure } from "./failure.ts";
import { processInfo } from "./process-identity.ts";

const loopSchema = z.object({
  pid: z.int().positive(),
  /** Tells the loop from a later process of its number. */
  identity: z.string(),
  mlflow: z.url(),
  /** Address of each model's prediction API, by name. */
  models: z.record(z.string(), z.url()),
  /** Each model's YAML, by name. */
  files: z.record(z.string(), z.string()),
});

/** Where the parts of an `npm start` answer. */
export type RunningLoop = Pick<z.infer<typeof loopSchema>, "mlflow" | "models" | "files">;

const FILE = "addresses.json";

/** Writes down where this process's parts answer, for the commands that work on a loop; and takes it back. */
export function publishLoop(dataDir: string, loop: RunningLoop): () => void {
  const file = path.join(dataDir, FILE);
  const identity = processInfo(process.pid)?.identity ?? "unknown";
  writeFileSync(file, JSON.stringify({ pid: process.pid, identity, ...loop }));
  return () => {
    rmSync(file, { force: true });
  };
}

/** The `npm start` that runs on a data folder. @throws Failure (exit 2) when none does, or when it is not ready yet. */
export function runningLoop(dataDir: string): RunningLoop {
  const found = published(path.join(dataDir, FILE));
  if (found !== undefined && processInfo(found.pid)?.identity === found.identity) return found;
  throw new Failure(
    `no \`npm start\` is ready on ${dataDir}: start one or wait for its ready line, give its folder with --data-dir, ` +
      "or name an environment on a cluster with --stack",
    2,
  );
}

function published(file: string): z.infer<typeof loopSchema> | undefined {
  try {
    return loopSchema.safeParse(JSON.parse(readFileSync(file, "utf8"))).data;
  } catch {
    return undefined;
  }
}
