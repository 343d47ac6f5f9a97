import { type Notation, written } from "../number.ts";
import type { ModelPackage, Prediction } from "../package.ts";
import type { Results } from "./run.ts";
import { type TableFile, writeTable } from "./table-file.ts";

/** A column that predictions add to a file. */
export interface Added {
  name: string;
  /** As the file's own numbers are written. */
  cell: (prediction: Prediction | undefined, notation: Notation) => string;
}

/** The answer, its probability or interval, and the version, under names that the file does not have yet. */
export function addedColumns({ task, output, interval }: ModelPackage, file: TableFile): Added[] {
  const column = (name: string, valueOf: (one: Prediction) => unknown): Added => ({
    name: freeName(name, file.header),
    cell: (one, notation) => (one ? asCell(valueOf(one), notation) : ""),
  });
  return [
    column(output.name, (one) => one[output.name]),
    ...(task === "regression" ? [] : [column("probability", (one) => one.probability)]),
    ...(interval
      ? [column("low", (one) => one.interval?.low), column("high", (one) => one.interval?.high)]
      : []),
    column("model_version", (one) => one.model.version),
  ];
}

/** The file again with the answers behind its own columns, and what is wrong with a row that has none. */
export function answeredFile(
  file: TableFile,
  columns: readonly Added[],
  { answers, errors }: Results,
  notation: Notation,
): string {
  const problems = new Map<number, string[]>();
  for (const { row, column, problem } of errors) {
    const all = problems.get(row) ?? [];
    problems.set(row, all);
    all.push(column === null ? problem : `${column} ${problem}`);
  }
  const width = file.header.length;
  const rows = file.rows.map((cells, at) => [
    ...cells.slice(0, width),
    // Answers stand below their names also where a row is too short.
    ...Array.from({ length: width - cells.length }, () => ""),
    ...columns.map(({ cell }) => cell(answers.get(at), notation)),
    problems.get(at)?.join("; ") ?? "",
  ]);
  const more = [...columns.map(({ name }) => name), freeName("error", file.header)];
  return writeTable(file, more, rows);
}

const [BINS, MOST_BARS] = [10, 12];

/** How many rows have each answer, the most frequent first; of numbers, how many are in each tenth of their range. */
export function spreadOf(
  { task, output }: ModelPackage,
  { answers }: Results,
): { label: string; count: number }[] {
  const said = [...answers.values()].map((one) => one[output.name]);
  if (task !== "regression") {
    const counts = new Map<string, number>();
    for (const one of said) counts.set(String(one), (counts.get(String(one)) ?? 0) + 1);
    const bars = [...counts].map(([label, count]) => ({ label, count }));
    return bars.sort((a, b) => b.count - a.count).slice(0, MOST_BARS);
  }
  const numbers = said.filter((one) => typeof one === "number");
  const low = numbers.reduce((least, one) => Math.min(least, one), Infinity);
  const high = numbers.reduce((most, one) => Math.max(most, one), -Infinity);
  if (low >= high) return [];
  const width = (high - low) / BINS;
  const counts = Array.from({ length: BINS }, () => 0);
  for (const one of numbers) {
    const bin = Math.min(BINS - 1, Math.floor((one - low) / width));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const edge = (index: number) => written(Number((low + index * width).toPrecision(3)));
  return counts.map((count, index) => ({
    label: `${edge(index)} – ${edge(index + 1)}`,
    count,
  }));
}

function asCell(value: unknown, notation: Notation): string {
  if (typeof value === "number") return written(value, notation);
  return typeof value === "string" || typeof value === "boolean" ? String(value) : "";
}

/** A file that is predicted a second time, or that holds the truth under the answer's name, keeps what it has. */
function freeName(name: string, header: readonly string[]): string {
  let free = name;
  for (let count = 2; header.includes(free); count++) free = `${name}_${count}`;
  return free;
}
