import { lastLines, type Child, type Children } from "../lib/children.ts";
import { Failure } from "../lib/failure.ts";
import type { Model } from "./models.ts";
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
  /** Figures on the test split by name, e.g. `{"accuracy": 0.7792}`. */
  metrics: Record<string, number>;
  /** The model's own example row: a valid request. */
  example: Record<string, unknown>;
  /** The gate's figures against their limits, one a line. */
  table: string;
}

/** A model that got no version, and why. */
export interface NotTrained {
  model: string;
  outcome: "failed";
  /** What is wrong and what to do. */
  error: string;
}

type Event =
  | { event: "begin"; model: string }
  | { event: "note"; model: string; detail: string }
  | { event: "step"; model: string; step: string; seconds: number; detail: string }
  | ({ event: "result" } & TrainingResult);

/** Results by model, and the failure to end with when not every model got through. */
export interface TrainingReport {
  results: TrainingResult[];
  failure: Failure | undefined;
}

/** Trains the models one after the other in one process and shows each step. */
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
      ...["--events", "--wait", "60"],
    ],
    env: { ...python.env, ...env },
    onLine: (line) => {
      const event = JSON.parse(line) as Event;
      if (event.event === "result") results.push(event);
      for (const text of describe(event)) progress.say(`${event.model}: ${text}`);
    },
  });
  const code = await child.exited;
  return { results, failure: code === 0 ? undefined : failureOf(child, code, results) };
}

/** Exit codes 2, 3 and 4 are the training's own; anything else without a result is a crash. */
function failureOf(child: Child, code: number, results: TrainingResult[]): Failure {
  const reasons = results.flatMap((result) => {
    if (result.outcome === "failed") return [named(result.model, result.error)];
    if (result.outcome !== "rejected") return [];
    return [`${result.model}: the gate rejected version ${result.version}:\n${result.table}`];
  });
  const crash = `training ended with exit code ${code}; its log ${child.log} ends with:\n${lastLines(child.log)}`;
  return new Failure(reasons.length > 0 ? reasons.join("\n\n") : crash, code);
}

/** The message with the model's name before it, which some messages bear already. */
function named(model: string, message: string): string {
  return message.startsWith(`${model}: `) ? message : `${model}: ${message}`;
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
