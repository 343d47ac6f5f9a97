import { Failure } from "../lib/failure.ts";
import { table } from "../lib/table.ts";
import type { Run, Version } from "./mlflow.ts";

/** A version with all that is compared. */
export interface Side {
  version: Version;
  aliases: string[];
  run: Run;
}

const DATA = "slipway.data_sha256";
const GATE = "slipway.gate";
/** Of `Run.metrics`: a proof's figure, not one of the model. */
const PARITY = "parity_difference";

/**
 * The two versions to compare.
 * @param wanted @default the champion, and the newest other version
 * @throws Failure that names the versions there are.
 */
export function chooseVersions(
  model: string,
  versions: readonly Version[],
  champion: string | undefined,
  wanted?: readonly string[],
): Version[] {
  const others = versions.filter(({ version }) => version !== champion);
  const numbers = wanted ?? [champion ?? others.at(-2)?.version, others.at(-1)?.version];
  const all = versions.map(({ version }) => version).join(", ") || "none";
  return numbers.map((number) => {
    const found = versions.find(({ version }) => version === number);
    if (found !== undefined) return found;
    throw new Failure(
      number === undefined
        ? `${model} has one version alone, ${all}: there is nothing to compare it with`
        : `${model} has no version ${number}; it has ${all}`,
      number === undefined ? 1 : 2,
    );
  });
}

/** The versions as a plain table: every figure; of the rest what differs. Below it, what the gate said of each. */
export function compareVersions(model: string, sides: readonly Side[]): string {
  const known = names(sides, ({ run }) => run.metrics);
  const figures = known.filter((name) => name !== PARITY && !isBound(name, known));
  const settings = names(sides, ({ run }) => run.parameters);
  const rows: string[][] = [
    [model, ...sides.map(titleOf), "CHANGE"],
    ["trained (UTC)", ...sides.map(({ run }) => timeOf(run.startedAt)), ""],
    ...figures.map((name) => figureRow(name, sides)),
    ...settings
      .map((name) => [name, ...sides.map(({ run }) => run.parameters[name] ?? "-"), ""])
      .filter(([, one, other]) => one !== other),
    ["data", ...sides.map(({ run }) => (run.tags[DATA] ?? "-").slice(0, 12)), ""],
  ];
  const sameData = new Set(sides.map(({ run }) => run.tags[DATA])).size === 1;
  return [
    table(rows),
    sameData
      ? "Both were judged on test rows of the same data."
      : "Each was judged on test rows of its own data, so the figures are not of the same rows; those of the gate are.",
    ...sides.map(gateOf),
  ].join("\n");
}

function names(sides: readonly Side[], of: (side: Side) => object): string[] {
  return [...new Set(sides.flatMap((side) => Object.keys(of(side))))];
}

function titleOf({ version, aliases }: Side): string {
  return [`version ${version.version}`, ...aliases].join(", ");
}

function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 19).replace("T", " ");
}

/** Whether a metric is an end of another's interval, as `accuracy_low` is. */
function isBound(name: string, known: readonly string[]): boolean {
  const metric = name.replace(/_(low|high)$/, "");
  return metric !== name && known.includes(metric);
}

function between(name: string, metrics: Run["metrics"]): string {
  const [low, high] = [metrics[`${name}_low`], metrics[`${name}_high`]];
  if (low === undefined || high === undefined) return "";
  return ` (${low.toFixed(4)} to ${high.toFixed(4)})`;
}

function figureRow(name: string, sides: readonly Side[]): string[] {
  const [one, other] = sides.map(({ run }) => run.metrics[name]);
  const change = one === undefined || other === undefined ? undefined : other - one;
  return [
    name,
    ...sides.map(
      ({ run }) => `${run.metrics[name]?.toFixed(4) ?? "-"}${between(name, run.metrics)}`,
    ),
    change === undefined ? "" : `${change < 0 ? "" : "+"}${change.toFixed(4)}`,
  ];
}

/** What training's gate wrote as a tag, see training/src/training/gate.py. */
interface Verdict {
  passed: boolean;
  figures: {
    metric: string;
    rule: string;
    value: number;
    limit: number;
    passed: boolean;
    /** Which part of the test rows, if not all. */
    slice?: string;
  }[];
  champion: string | null;
  note: string;
}

function gateOf({ version }: Side): string {
  const title = `gate, version ${version.version}:`;
  const tag = version.tags[GATE];
  if (tag === undefined) return `${title} not judged yet`;
  const { passed, figures, champion, note } = JSON.parse(tag) as Verdict;
  const against = champion === null ? "" : ` against version ${champion}`;
  const lines = figures.map(
    ({ metric, rule, value, limit, passed: ok, slice }) =>
      `  ${ok ? "ok" : "FAILED"} ${metric}${slice === undefined ? "" : ` of ${slice}`} ${value.toFixed(4)}, limit ${limit.toFixed(4)} (${rule})`,
  );
  const said = note === "" ? [] : [`  ${note}`];
  return [`${title} ${passed ? "passed" : "rejected"}${against}`, ...lines, ...said].join("\n");
}
