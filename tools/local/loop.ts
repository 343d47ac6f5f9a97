import path from "node:path";
import process from "node:process";
import { PORTS } from "../../components/well-known.ts";
import { lastLines, type Children } from "../lib/children.ts";
import { dataEnv } from "../lib/data-env.ts";
import { Failure, reasonOf } from "../lib/failure.ts";
import { waitFor } from "../lib/http.ts";
import { isBlocked, takePort } from "../lib/ports.ts";
import { publishLoop } from "../lib/running-loop.ts";
import type { Progress } from "../lib/progress.ts";
import { lockedVersion, preparePython, type Python } from "../lib/python.ts";
import { trainingEnv } from "../lib/training-env.ts";
import { databaseAnswers } from "./database.ts";
import { startMlflow } from "./mlflow.ts";
import type { Model } from "../lib/models.ts";
import { predictEach } from "./once.ts";
import type { Options } from "./options.ts";
import { failureOf } from "./reasons.ts";
import { retrainOnChange } from "./retrain.ts";
import { startApi, startPage, untilApiAnswers, untilPageAnswers } from "./serving.ts";
import type { Hosting, Server } from "./serving.ts";
import { train, type TrainingReport } from "./training.ts";
import { ModelWatch } from "./watch.ts";

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
/** Exit code of `--once` when the gate turned a model down and nothing else went wrong; training's own. */
const REJECTED = 3;
/** Seconds a part may take to answer for the first time; more where MLflow has shown the machine to be slow. */
const PATIENCE = 90;

/** The servers of the loop that people call. */
interface Servers {
  apis: Map<string, Server>;
  page: Server;
}

/** What the ready line says. */
interface Ready {
  mlflow: string;
  /** Address of each API that answers, by model. */
  models: Record<string, string>;
  /** Why a model has no new champion or does not answer, by name. */
  failed: Record<string, string>;
  /** Address of the page. */
  ui: string;
}

/** The whole loop on one machine; `run` reads as its story. */
export class Loop {
  readonly #parts: LoopParts;
  readonly #hosting: Hosting;
  #patience = PATIENCE;

  constructor(parts: LoopParts) {
    this.#parts = parts;
    const { root, children, progress, abort } = parts;
    this.#hosting = { root, children, progress, ended: abort.signal };
  }

  /**
   * Runs until `--once` has its answers or until the loop is stopped.
   * @returns the failure to report, or undefined after a clean end. @throws Failure when the loop can't go on.
   */
  async run(): Promise<Failure | undefined> {
    const { root, options, models, children, progress } = this.#parts;
    const python = await this.#phase("python", preparePython(root, progress));
    const port = await this.#port("mlflow", PORTS.mlflow, 0);
    const mlflow = `http://127.0.0.1:${port}`;
    void this.#startMlflow(python, mlflow, port);
    const servers = await this.#startServers(mlflow);
    progress.say("mlflow: starting, which takes some ten seconds");

    // From before the training: what changes while it runs is trained after it.
    const watch = await ModelWatch.of(models);
    const env = () => this.#trainingEnv(mlflow);
    const report = await this.#phase("training", train(children, python, models, env(), progress));
    const none = models.every(({ name }) => name in report.failed);
    if (none && options.once) return failureOf(report.failed, report.exitCode);
    const failed = { ...report.failed };
    const served = await this.#phase("serving", this.#serve(report, servers, failed));
    if (Object.keys(served).length === 0) return failureOf(failed, none ? report.exitCode : 1);
    if (options.once) return this.#predictOnce(report, served, failed);
    const patience = this.#patience;
    const { apis, page } = servers;
    void retrainOnChange(watch, { hosting: this.#hosting, python, env, apis, patience });
    return this.#stay({ mlflow, models: served, failed, ui: page.url }, apis);
  }

  async #startServers(mlflow: string): Promise<Servers> {
    const { dataDir, options } = this.#parts;
    const predictions = options.capture ? path.join(dataDir, "predictions") : undefined;
    const apis = new Map<string, Server>();
    for (const [index, { name }] of this.#parts.models.entries()) {
      const port = await this.#port(`${name}-api`, PORTS.api + index, 10 + index);
      apis.set(name, startApi(this.#hosting, name, port, { mlflow, predictions }));
    }
    const port = await this.#port("ui", PORTS.ui, 5);
    return { apis, page: startPage(this.#hosting, port, apis, mlflow) };
  }

  /**
   * Starts MLflow and tells people when it answers; the training waits for it by itself. A failure ends the loop.
   */
  async #startMlflow(python: Python, url: string, port: number): Promise<void> {
    const { root, dataDir, children, progress, abort } = this.#parts;
    const from = performance.now();
    const folder = path.join(dataDir, "mlflow");
    const version = lockedVersion(root, "mlflow");
    const onExit = this.#crashed("mlflow");
    try {
      const child = await startMlflow({ children, python, version, folder, port, onExit });
      while (!(await succeeds(waitFor(`${url}/health`, PATIENCE, abort.signal)))) {
        if (abort.signal.aborted) return;
        progress.say(`mlflow: does not answer yet; training waits for it; its log is ${child.log}`);
      }
      databaseAnswers(folder);
    } catch (error) {
      abort.abort(error instanceof Failure ? error : new Failure(reasonOf(error)));
      return;
    }
    this.#patience = Math.max(PATIENCE, (2 * (performance.now() - from)) / 1000);
    progress.say(`mlflow: answers on ${url}`);
  }

  #trainingEnv(mlflow: string): Record<string, string> {
    const { root, dataDir } = this.#parts;
    return { MLFLOW_TRACKING_URI: mlflow, ...trainingEnv(root), ...dataEnv(dataDir) };
  }

  /**
   * Waits for the page and for each API.
   * @param failed receives why a model's API does not answer.
   * @returns address by model of the APIs that answer; a model that was turned down may have an earlier champion.
   */
  async #serve(
    report: TrainingReport,
    { apis, page }: Servers,
    failed: Record<string, string>,
  ): Promise<Record<string, string>> {
    await untilPageAnswers(this.#hosting, page, this.#patience);
    const answers = [...apis].map(async ([name, api]) => {
      const result = report.results.get(name);
      const reason = await untilApiAnswers(this.#hosting, name, api, result, this.#patience);
      // Why the training failed says more than that nothing answers.
      if (reason !== undefined) failed[name] ??= reason;
      return reason === undefined ? [[name, api.url] as const] : [];
    });
    return Object.fromEntries((await Promise.all(answers)).flat());
  }

  /** Prints one real prediction a model; a model that has none is named in the same line. */
  async #predictOnce(
    report: TrainingReport,
    served: Record<string, string>,
    failed: Record<string, string>,
  ): Promise<Failure | undefined> {
    const { progress } = this.#parts;
    const models = await this.#guard(predictEach(report, served, failed));
    const seconds = { ...progress.seconds, total: progress.total() };
    process.stdout.write(`${JSON.stringify({ models, failed, seconds })}\n`);
    if (Object.keys(failed).length === 0) return undefined;
    const turnedDown = Object.keys(failed).every(
      (name) => report.results.get(name)?.outcome === "rejected",
    );
    return failureOf(failed, turnedDown ? REJECTED : 1);
  }

  /** Prints the ready line and stays until it is asked to stop. */
  async #stay(ready: Ready, apis: Servers["apis"]): Promise<Failure | undefined> {
    const { progress, abort, dataDir, models: known } = this.#parts;
    if (Object.keys(ready.failed).length > 0) {
      process.stderr.write(`\n${failureOf(ready.failed, 1).message}\n\n`);
    }
    const models = Object.fromEntries([...apis].map(([name, { url }]) => [name, url]));
    const files = Object.fromEntries(known.map(({ name, file }) => [name, path.resolve(file)]));
    const withdraw = publishLoop(dataDir, { mlflow: ready.mlflow, models, files });
    process.stdout.write(`${JSON.stringify({ ready: true, ...ready })}\n`);
    progress.say(
      `ready: open ${ready.ui}; a changed YAML, CSV or pipeline trains again; stop with Ctrl-C`,
    );
    await new Promise<void>((resolve) => {
      if (abort.signal.aborted) resolve();
      abort.signal.addEventListener("abort", () => {
        resolve();
      });
    });
    withdraw();
    const reason = abort.signal.reason as Failure;
    return reason.exitCode === STOPPED ? undefined : reason;
  }

  async #port(child: string, wanted: number, offset: number): Promise<number> {
    const { options, progress } = this.#parts;
    const first = options.portBase === undefined ? wanted : options.portBase + offset;
    const port = await takePort(first);
    const why = isBlocked(first) ? "is refused by browsers and fetch" : "is taken";
    progress.say(`${child}: port ${port}${port === first ? "" : ` (${first} ${why})`}`);
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

async function succeeds(work: Promise<void>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}
