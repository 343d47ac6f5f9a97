import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parse } from "yaml";
import { dataEnv } from "../lib/data-env.ts";
import { ROOT } from "../lib/paths.ts";
import { Progress } from "../lib/progress.ts";
import { preparePython } from "../lib/python.ts";
import { run } from "../lib/run.ts";
import { table } from "../lib/table.ts";
import type { ModelRegistry, Version } from "./mlflow.ts";
import { downloadPackage } from "./package-folder.ts";
import { SNAPSHOT_TAG } from "./snapshots.ts";

/** One row of the test split that two versions answer otherwise. */
interface ChangedRow {
  /** Its number in the data; the first is 1. */
  row: number;
  actual: string;
  /** Of each version; the probability is that of the answer, null for a number. */
  answers: { answer: string; probability: number | null }[];
  features: Record<string, unknown>;
}

/** What `python -m training compare` prints, see training/src/training/two_versions.py. */
export interface RowComparison {
  test_rows: number;
  compared_rows: number;
  note: string;
  changed_rows: number;
  first: ChangedRow[];
  /** File with the curves of both, or residuals; null where the rows lack a class. */
  curves: string | null;
}

/** By how much a metric gets worse where a feature is shuffled, see docs/model-package.md. */
export interface Importance {
  metric: string;
  features: Record<string, { mean: number; std: number }>;
}

/** What the packages of two versions tell. */
export interface PackageComparison {
  /** Of each version; undefined for one without. */
  importance: (Importance | undefined)[];
  /** On the test rows; or why not. */
  rows: RowComparison | { reason: string };
}

interface Package {
  metadata: { slipway: { training: { seen?: { file: string }; importance?: Importance } } };
}

/**
 * Reads both packages, and lets training's Python ask both on the test rows.
 * @param yaml the model's YAML, beside its data; undefined where it is not known. @param curves where to draw them.
 * @param data the data folder, which has the snapshots.
 */
export async function comparePackages(
  registry: ModelRegistry,
  model: string,
  versions: readonly Version[],
  { yaml, curves, data }: { yaml: string | undefined; curves: string; data: string },
): Promise<PackageComparison> {
  const folder = mkdtempSync(path.join(tmpdir(), "slipway-compare-"));
  try {
    const folders = versions.map(({ version }) => path.join(folder, `version ${version}`));
    const importance: PackageComparison["importance"] = [];
    for (const [index, version] of versions.entries()) {
      importance.push(await download(registry, model, version, folders[index] ?? folder));
    }
    if (yaml === undefined) {
      const reason = `no YAML of ${model} is known here: name it with --yaml FILE`;
      return { importance, rows: { reason } };
    }
    return {
      importance,
      rows: await compareRows(yaml, folders, curves, data, newestSnapshot(versions)),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function download(
  registry: ModelRegistry,
  model: string,
  { version, run: id }: Version,
  folder: string,
): Promise<Importance | undefined> {
  const about = await downloadPackage(registry, model, version, folder);
  const { training } = (parse(about) as Package).metadata.slipway;
  const seen = training.seen && (await registry.runFile(id, training.seen.file));
  if (training.seen && seen) writeFileSync(path.join(folder, training.seen.file), seen);
  return training.importance;
}

async function compareRows(
  yaml: string,
  folders: string[],
  curves: string,
  data: string,
  snapshot: string | undefined,
): Promise<PackageComparison["rows"]> {
  const { interpreter, env } = await preparePython(ROOT, new Progress());
  mkdirSync(path.dirname(curves), { recursive: true });
  const which = snapshot === undefined ? [] : ["--snapshot", snapshot];
  const words = ["compare", yaml, "--package", ...folders, "--plot", curves, ...which];
  const { code, stdout, stderr } = await run([interpreter, "-m", "training", ...words], {
    ...env,
    ...dataEnv(data),
  });
  if (code === 0) return JSON.parse(stdout) as RowComparison;
  return { reason: stderr.trim().split("\n").slice(-5).join("\n") };
}

/** What the later of the versions was trained from; none where it is no snapshot. */
function newestSnapshot(versions: readonly Version[]): string | undefined {
  const [newest] = [...versions].sort((one, other) => Number(other.version) - Number(one.version));
  return newest?.tags[SNAPSHOT_TAG];
}

/** Both for people. */
export function describePackages(
  versions: readonly Version[],
  { importance, rows }: PackageComparison,
): string {
  return [...importanceLines(versions, importance), ...rowLines(versions, rows)].join("\n");
}

function importanceLines(
  versions: readonly Version[],
  importance: PackageComparison["importance"],
): string[] {
  const names = [...new Set(importance.flatMap((one) => Object.keys(one?.features ?? {})))];
  if (names.length === 0) return [];
  const mean = (name: string, at: number) => importance[at]?.features[name]?.mean;
  const last = versions.length - 1;
  const ranked = names.sort((one, other) => (mean(other, last) ?? 0) - (mean(one, last) ?? 0));
  const title = (at: number) =>
    `version ${versions[at]?.version ?? "?"}, ${importance[at]?.metric ?? "not measured"}`;
  const columns = versions.map((_, at) => at);
  return [
    "",
    table([
      ["importance", ...columns.map(title)],
      ...ranked.map((name) => [name, ...columns.map((at) => mean(name, at)?.toFixed(4) ?? "-")]),
    ]),
  ];
}

function rowLines(versions: readonly Version[], rows: PackageComparison["rows"]): string[] {
  if ("reason" in rows) return ["", `The test rows were not compared: ${rows.reason}`];
  const { changed_rows: changed, compared_rows: compared, test_rows: all, first, note } = rows;
  const shown = first.map(({ row, actual, answers }) => [
    String(row),
    actual,
    ...answers.map(({ answer, probability }) =>
      probability === null ? answer : `${answer} (${probability.toFixed(4)})`,
    ),
  ]);
  const titles = versions.map(({ version }) => `version ${version}`);
  return [
    "",
    `The versions answer otherwise on ${changed} of ${compared} test rows (of ${all}; ${note})`,
    ...(shown.length > 0 ? [table([["row", "actual", ...titles], ...shown])] : []),
    ...(rows.curves === null ? [] : [`curves: ${rows.curves}`]),
  ];
}
