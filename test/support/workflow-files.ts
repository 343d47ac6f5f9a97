import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

/** Root of the repository. */
export const ROOT = join(import.meta.dirname, "..", "..");

export interface Step {
  name?: string;
  id?: string;
  uses?: string;
  run?: string;
  if?: string;
  with?: Record<string, unknown>;
  env?: Record<string, string>;
}

export interface Job {
  if?: string;
  needs?: string;
  environment?: string | { name: string };
  concurrency?: { group: string; "cancel-in-progress": boolean; queue?: string };
  permissions?: Record<string, string>;
  "timeout-minutes"?: number;
  strategy?: { matrix: Record<string, string | string[]> };
  steps: Step[];
}

/** Paths, branches and the like of one event; null where it has none. */
type Trigger = {
  paths?: string[];
  branches?: string[];
  "branches-ignore"?: string[];
  types?: string[];
} | null;

export interface Workflow {
  on: Record<string, Trigger>;
  permissions: Record<string, string>;
  concurrency?: { group: string };
  env?: unknown;
  jobs: Record<string, Job>;
}

/** Every workflow by its file's name, as GitHub reads it. */
export const workflows = Object.fromEntries(
  readdirSync(join(ROOT, ".github/workflows")).map((name) => [
    name,
    parse(text(`.github/workflows/${name}`), { merge: true }) as Workflow,
  ]),
);

/** The steps that all jobs with access to a stack begin with. */
export const PREPARE = ".github/actions/prepare/action.yml";
export const prepare = parse(text(PREPARE)) as {
  inputs: Record<string, { required?: boolean }>;
  runs: { steps: Step[] };
};

/** Every job with a name such as `deploy.yml: deploy`. */
export const jobs = Object.entries(workflows).flatMap(([file, { jobs }]) =>
  Object.entries(jobs).map(([name, job]) => ({ name: `${file}: ${name}`, file, job })),
);

/** Every step of every job, and those of {@link PREPARE}. */
export const steps = [
  ...jobs.flatMap(({ name, job }) => job.steps.map((step) => ({ name, step }))),
  ...prepare.runs.steps.map((step) => ({ name: PREPARE, step })),
];

/** Text of a file of the repository. */
export function text(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

/** The npm scripts that a command line calls, e.g. `preview`. */
export function scriptsIn(line: string): string[] {
  return [...line.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name = ""]) => name);
}
