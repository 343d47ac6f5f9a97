import path from "node:path";
import process from "node:process";
import { GitError, sourceVersion } from "../../components/lib/git.ts";
import { lastLines, type Children } from "../lib/children.ts";
import { Failure } from "../lib/failure.ts";
import { waitFor } from "../lib/http.ts";
import { PORTS } from "../../components/well-known.ts";
import { startMlflow } from "./mlflow.ts";
import type { Model } from "./models.ts";
import { predictOnce } from "./once.ts";
import type { Options } from "./options.ts";
import { Ports } from "../lib/ports.ts";
import type { Progress } from "../lib/progress.ts";
import { preparePython } from "../lib/python.ts";
import { train, type TrainingResult } from "./training.ts";

/** What the loop works with. */
export interface LoopParts {
  /** The checkout. */
  root: string;
  /** Databases, artifacts and logs. */
  dataDir: string;
  options: Options;
  models: Model[];
  children: Children;
  progress: Progress;
  /** Aborted by whoever wants the loop to end; its reason is a Failure. */
  abort: AbortController;
}

/** Exit code of an end that a person asked for. */
export const STOPPED = 130;
/** Seconds a part may take to answer for the first time on a slow, busy machine. */
const PATIENCE = 90;
/** Seconds for an API to load what an earlier start promoted: MLflow answers by then. */
const EARLIER_CHAMPION = 5;

/** The whole way on one machine; `run` reads as its story. */
export class Loop {
  readonly #parts: LoopParts;
  readonly #ports = new Ports();

  constructor(parts: LoopParts) {
    this.#parts = parts;
  }

  /**
   * Runs until `--once` has its answers or until the loop is stopped.
   * @returns the failure to report, or undefined after a clean end. @throws Failure when the loop can't go on.
   */
  async run(): Promise<Failure | undefined> {
    const { root, options, models, children, progress, abort } = this.#parts;
    const python = await this.#phase("python", preparePython(root, progress));
    const mlflow = startMlflow(
      children,
      python,
      path.join(this.#parts.dataDir, "mlflow"),
      await this.#port("mlflow", PORTS.mlflow, 0),
      this.#crashed("mlflow"),
    );
    // Only told: the training waits for MLflow itself, and says what is wrong when it waits in vain.
    waitFor(`${mlflow.url}/health`, PATIENCE, abort.signal).then(
      () => {
        progress.say(`mlflow: answers on ${mlflow.url}`);
      },
      () => undefined,
    );
    const apis = new Map<string, string>();
    for (const [index, { name }] of models.entries()) {
      apis.set(name, await this.#startApi(name, index, mlflow.url));
    }
    const page = await this.#startPage(apis);
    progress.say("mlflow: starting, which takes some ten seconds");

    const report = await this.#phase(
      "training",
      train(children, python, models, this.#trainingEnv(mlflow.url), progress),
    );
    const usable = report.results.filter((result) => result.outcome !== "failed");
    const stop = options.once || usable.length === 0;
    if (report.failure !== undefined && stop) return report.failure;
    const served = await this.#phase("serving", this.#serve(report.results, apis, page));
    if (report.failure !== undefined && Object.keys(served).length === 0) return report.failure;

    if (options.once) {
      const answers = usable.map((result) => predictOnce(result, address(apis, result.model)));
      const answered = await this.#guard(Promise.all(answers));
      const seconds = { ...progress.seconds, total: progress.total() };
      process.stdout.write(`${JSON.stringify({ models: answered, seconds })}\n`);
      return undefined;
    }
    if (report.failure !== undefined) process.stderr.write(`\n${report.failure.message}\n\n`);
    process.stdout.write(
      `${JSON.stringify({ ready: true, mlflow: mlflow.url, models: served, ui: page })}\n`,
    );
    progress.say(`ready: open ${page}; stop with Ctrl-C`);
    await new Promise((resolve) => {
      abort.signal.addEventListener("abort", resolve);
    });
    const reason = abort.signal.reason as Failure;
    return reason.exitCode === STOPPED ? undefined : reason;
  }

  async #startApi(model: string, index: number, mlflow: string): Promise<string> {
    const { root, children } = this.#parts;
    const port = await this.#port(`${model}-api`, PORTS.api + index, 10 + index);
    children.start({
      name: `${model}-api`,
      argv: [process.execPath, "--import", "tsx", path.join(root, "serving", "src", "server.ts")],
      env: {
        HOST: "127.0.0.1",
        PORT: String(port),
        MODEL_URI: `models:/${model}@champion`,
        MLFLOW_TRACKING_URI: mlflow,
        MODEL_POLL_SECONDS: "1",
        DRAIN_SECONDS: "0",
      },
      onExit: this.#crashed(`${model}-api`),
    });
    return `http://127.0.0.1:${port}`;
  }

  async #startPage(apis: Map<string, string>): Promise<string> {
    const { root, children } = this.#parts;
    const port = await this.#port("ui", PORTS.ui, 5);
    const models = [...apis].map(([name, url]) => ({ name, url }));
    children.start({
      name: "ui",
      argv: [process.execPath, "--import", "tsx", path.join(root, "ui", "src", "server.ts")],
      env: { HOST: "127.0.0.1", PORT: String(port), MODELS: JSON.stringify(models) },
      onExit: this.#crashed("ui"),
    });
    return `http://127.0.0.1:${port}`;
  }

  #trainingEnv(mlflow: string): Record<string, string> {
    const { root } = this.#parts;
    const check = [process.execPath, "--import", "tsx", path.join(root, "serving/src/check.ts")];
    return {
      MLFLOW_TRACKING_URI: mlflow,
      GIT_SHA: trainingVersion(root),
      // Python splits it as a shell would.
      SLIPWAY_SERVING_CHECK: check.map((part) => `'${part.replaceAll("'", `'"'"'`)}'`).join(" "),
    };
  }

  /**
   * Waits for the page and for each API, where a version was just promoted until the API serves it.
   * @returns address by model of the APIs that answer; a model that was turned down may have an earlier champion.
   */
  async #serve(
    results: TrainingResult[],
    apis: Map<string, string>,
    page: string,
  ): Promise<Record<string, string>> {
    const { abort, progress } = this.#parts;
    const served: Record<string, string> = {};
    await waitFor(`${page}/health`, PATIENCE, abort.signal);
    for (const [name, url] of apis) {
      const result = results.find(({ model }) => model === name);
      const trained = result?.outcome === "promoted" || result?.outcome === "unchanged";
      const ready = waitFor(
        `${url}/ready`,
        trained ? PATIENCE : EARLIER_CHAMPION,
        abort.signal,
        (body) => {
          const { model } = JSON.parse(body) as { model: { version: string } };
          return result?.outcome !== "promoted" || model.version === result.version;
        },
      );
      if (trained) await ready;
      else if (!(await succeeds(ready))) continue;
      served[name] = url;
      progress.say(`${name}: ${trained ? "answers" : "an earlier version answers"} on ${url}`);
    }
    return served;
  }

  async #port(child: string, wanted: number, offset: number): Promise<number> {
    const { options, progress } = this.#parts;
    const first = options.portBase === undefined ? wanted : options.portBase + offset;
    const port = await this.#ports.take(first);
    progress.say(`${child}: port ${port}${port === first ? "" : ` (${first} is taken)`}`);
    return port;
  }

  /** What happens when a child ends that should not: the loop ends with its last words. */
  #crashed(name: string): (code: number) => void {
    return (code) => {
      const log = path.join(this.#parts.dataDir, "logs", `${name}.log`);
      const message = `${name} ended unexpectedly with exit code ${code}; its log ${log} ends with:\n${lastLines(log)}`;
      this.#parts.abort.abort(new Failure(message));
    };
  }

  #phase<T>(name: string, work: Promise<T>): Promise<T> {
    return this.#parts.progress.phase(name, () => this.#guard(work));
  }

  /** The work's result, or the failure that ended the loop before it. */
  #guard<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.#parts.abort;
    return new Promise((resolve, reject) => {
      const abandon = (): void => {
        reject(signal.reason as Failure);
      };
      if (signal.aborted) abandon();
      signal.addEventListener("abort", abandon);
      work.then(resolve, reject);
    });
  }
}

/** What makes the training code's identity; a model YAML has its own place in the idempotency key. */
const TRAINING_CODE = ["training/src", "training/requirements.lock"];

/** Identity of the training code; a copy without git history (an unpacked archive) has none. */
function trainingVersion(root: string): string {
  try {
    const { sha, dirty } = sourceVersion(root, TRAINING_CODE);
    return dirty === undefined ? sha : `${sha}-dirty-${dirty}`;
  } catch (error) {
    if (error instanceof GitError) return "unknown";
    throw error;
  }
}

async function succeeds(work: Promise<void>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}

function address(apis: Map<string, string>, model: string): string {
  const url = apis.get(model);
  if (url !== undefined) return url;
  throw new Failure(`training answered for '${model}', which no YAML names`);
}
