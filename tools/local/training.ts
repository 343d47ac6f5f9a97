import { lastLines, type Child, type Children } from "../lib/children.ts";
import type { Model } from "../lib/models.ts";
import type { Progress } from "../lib/progress.ts";
import type { Python } from "../lib/python.ts";

/** What `python -m training train --events` says of one model at its end. */
export type TrainingResult = Trained | NotTrained;

/** A model that has a version: promoted, already there, or turned down by the gate. */
export interface Trained {
  model: string;
  outcome: "promoted" | "unchanged" | "rejected";
  /** Registered version, e.g. `"3"`. */
  version: string;
  /** Metrics on the test split by name, e.g. `{"accuracy": 0.7792}`. */
  metrics: Record<string, number>;
  /** The model's own example row: a valid request. */
  example: Record<string, unknown>;
  /** The gate's metrics against their limits, one a line. */
  table: string;
}

/** A model that got no version, and why. */
interface NotTrained {
  model: string;
  outcome: "failed";
  version: null;
  /** What is wrong and what to do. */
  error: string;
}

type Event =
  | { event: "begin"; model: string }
  | { event: "note"; model: string; detail: string }
  | { event: "step"; model: string; step: string; seconds: number; detail: string }
  | ({ event: "result" } & TrainingResult);

/** What came of each model. */
export interface TrainingReport {
  /** By the model's registered name; a crash leaves models without one. */
  results: Map<string, TrainingResult>;
  /** Why a model has no new champion, by name; empty when every model got through. */
  failed: Record<string, string>;
  /** Exit code of the training: 0, or its own 2, 3 and 4, or a crash's. */
  exitCode: number;
}

/**
 * Trains the models one after the other in one process and shows each step. It waits for MLflow as long as it takes:
 * whoever started MLflow ends both when MLflow's process ends.
 */
export async function train(
  children: Children,
  python: Python,
  models: Model[],
  env: Record<string, string>,
  progress: Progress,
): Promise<TrainingReport> {
  const results: TrainingResult[] = [];
  const child = children.start({
    name: "training",
    argv: [
      ...([python.interpreter, "-m", "training", "train"] as const),
      ...models.map(({ file }) => file),
      ...["--events", "--wait", "inf"],
    ],
    env: { ...python.env, ...env },
    onLine: (line) => {
      const event = JSON.parse(line) as Event;
      if (event.event === "result") results.push(event);
      for (const text of describe(event)) progress.say(`${event.model}: ${text}`);
    },
  });
  const exitCode = await child.exited;
  const report: TrainingReport = { results: new Map(), failed: {}, exitCode };
  for (const [index, { name }] of models.entries()) {
    // By position: a YAML that could not be read is reported under its file's name.
    const result = results[index];
    if (result !== undefined) report.results.set(name, result);
    const reason = reasonFor(result, child, exitCode);
    if (reason !== undefined) report.failed[name] = reason;
  }
  return report;
}

/** Why a model got no new champion, or undefined when it has one; a model without a result was lost in a crash. */
function reasonFor(
  result: TrainingResult | undefined,
  child: Child,
  exitCode: number,
): string | undefined {
  switch (result?.outcome) {
    case "promoted":
    case "unchanged":
      return undefined;
    case "failed":
      return result.error;
    case "rejected":
      return `the gate rejected version ${result.version}:\n${result.table}`;
    case undefined:
      return `training ended with exit code ${exitCode}; its log ${child.log} ends with:\n${lastLines(child.log)}`;
  }
}

function describe(event: Event): string[] {
  switch (event.event) {
    case "begin":
      return [];
    case "note":
      return [event.detail];
    case "step":
      return [`${event.step.padEnd(8)} ${event.seconds.toFixed(2).padStart(6)} s  ${event.detail}`];
    case "result":
      if (event.outcome === "failed") return ["failed"];
      return [
        ...event.table.split("\n").filter(Boolean),
        `version ${event.version} is ${VERDICTS[event.outcome]}`,
      ];
  }
}

const VERDICTS = {
  promoted: "the new champion",
  unchanged: "there already: same code, YAML and data",
  rejected: "rejected",
};
