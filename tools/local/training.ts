import type { Children } from "./children.ts";
import { lastLines } from "./children.ts";
import { Failure } from "./failure.ts";
import type { Model } from "./models.ts";
import type { Progress } from "./progress.ts";
import type { Python } from "./python.ts";

/** What `python -m training train --events` says of one model at its end. */
export interface TrainingResult {
  model: string;
  /** Registered version, e.g. `"3"`; null when the training failed before it had one. */
  version: string | null;
  outcome: "promoted" | "unchanged" | "rejected" | "failed";
  /** Figures on the test split by name, e.g. `{"accuracy": 0.7792}`. */
  metrics: Record<string, number>;
  /** The model's own example row: a valid request. */
  example: Record<string, unknown>;
  seconds: number;
}

type Event =
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
      progress.say(describe(event));
    },
  });
  const code = await child.exited;
  const failure =
    code === 0
      ? undefined
      : new Failure(
          `training ended with exit code ${code} (log: ${child.log}):\n${lastLines(child.log, 30)}`,
          code,
        );
  return { results, failure };
}

function describe(event: Event): string {
  if (event.event === "step") {
    return `${event.model}: ${event.step.padEnd(8)} ${event.seconds.toFixed(2)} s  ${event.detail}`;
  }
  const metrics = Object.entries(event.metrics).map(
    ([name, value]) => `${name} ${value.toFixed(4)}`,
  );
  const version = event.version === null ? "" : ` version ${event.version}`;
  return `${event.model}: ${event.outcome}${version}  ${metrics.join("  ")}`;
}
