/** `npm start`: the whole loop on this machine with embedded parts — MLflow, training, a prediction API a model, the page. */
import path from "node:path";
import process from "node:process";
import { Children } from "./lib/children.ts";
import { Failure, reasonOf } from "./lib/failure.ts";
import { Loop, STOPPED } from "./local/loop.ts";
import { lockDataDir } from "./local/lock.ts";
import { findModels } from "./lib/models.ts";
import { parseOptions, USAGE, type Options } from "./local/options.ts";
import { Progress } from "./lib/progress.ts";
import { onStopRequest } from "./local/signals.ts";

const root = path.resolve(import.meta.dirname, "..");

async function main(options: Options): Promise<number> {
  const models = findModels(path.join(root, "training", "models"), options.models);
  const dataDir = path.resolve(options.dataDir);
  const lock = lockDataDir(dataDir);
  const children = new Children(path.join(dataDir, "logs"));
  const abort = new AbortController();
  onStopRequest(
    (reason) => {
      abort.abort(new Failure(`stopped: ${reason}`, STOPPED));
    },
    () => {
      children.kill();
    },
  );
  const progress = new Progress({ live: true });
  try {
    const loop = new Loop({ root, dataDir, options, models, children, progress, abort });
    const failure = await loop.run();
    if (failure === undefined) return 0;
    process.stderr.write(`\n${failure.message}\n`);
    return failure.exitCode;
  } finally {
    // Ends whatever still waits for a part to answer.
    abort.abort(new Failure("ended", STOPPED));
    await children.stop();
    lock.release();
  }
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === "help") process.stdout.write(USAGE);
  else process.exitCode = await main(options);
} catch (error) {
  const expected = error instanceof Failure;
  process.stderr.write(
    `\n${expected ? error.message : ((error as Error).stack ?? reasonOf(error))}\n`,
  );
  process.exitCode = expected ? error.exitCode : 1;
}
