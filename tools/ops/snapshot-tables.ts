import { table } from "../lib/table.ts";
import type { Snapshot, Stored, Use } from "./snapshots.ts";

/** Of a column in one snapshot: a number's values, a time's as ISO 8601, or a text's. */
type Values =
  | Record<"mean" | "min" | "q25" | "median" | "q75" | "max", number | string | null>
  | { different: number; most: Record<string, number>; mean?: never };

/** What `python -m training data diff` prints, see training/src/training/snapshots/difference.py. */
export interface Difference {
  rows: { before: number; after: number; added: number; removed: number };
  columns: {
    added: Record<string, string>;
    removed: Record<string, string>;
    changed: Record<string, [string, string]>;
  };
  distributions: {
    name: string;
    /** Share of missing values, before and after. */
    missing: [number, number];
    values: [Values, Values];
    /** Population stability index: below 0.1 little has moved, from 0.25 on much. */
    psi: number;
  }[];
}

/** All snapshots, oldest first, and who was trained from them. */
export function listTable(
  stored: readonly Stored[],
  uses: ReadonlyMap<string, readonly Use[]>,
): string {
  return table([
    ["SNAPSHOT", "READ (UTC)", "ROWS", "COLUMNS", "KIB", "VERSIONS", "SOURCE"],
    ...stored.map((one) => [
      one.sha256.slice(0, 12),
      timeOf(one.read_at),
      String(one.rows),
      String(Object.keys(one.columns).length),
      String(Math.ceil(one.size / 1024)),
      usesText(uses.get(one.sha256)),
      one.source,
    ]),
  ]);
}

/** One snapshot, its columns below. */
export function showText(
  one: Snapshot & { url: string },
  uses: readonly Use[] | undefined,
): string {
  const from = one.query === "" ? [["files", String(one.files)]] : [["query", oneLine(one.query)]];
  return [
    table([
      ["snapshot", one.sha256],
      ["lies at", one.url],
      ["source", one.source],
      ...from,
      ["read (UTC)", timeOf(one.read_at)],
      ["rows", String(one.rows)],
      ["versions", usesText(uses)],
      ["read again by", `data: { source: "snapshot:${one.sha256}" }`],
    ]),
    "",
    table([["COLUMN", "TYPE"], ...Object.entries(one.columns)]),
  ].join("\n");
}

/** What changed from one snapshot to another. */
export function differenceText({ rows, columns, distributions }: Difference): string {
  const { added, removed, changed } = columns;
  const shape = [
    ...Object.entries(added).map(([name, type]) => `column added: ${name} (${type})`),
    ...Object.entries(removed).map(([name, type]) => `column removed: ${name} (${type})`),
    ...Object.entries(changed).map(
      ([name, [old, now]]) => `type changed: ${name} was ${old} and is ${now}`,
    ),
  ];
  const ranked = [...distributions].sort((one, other) => other.psi - one.psi);
  return [
    `rows: ${rows.before} before, ${rows.after} after: ${rows.added} added, ${rows.removed} removed (by content, in the columns that both have)`,
    ...(shape.length > 0 ? shape : ["columns: the same"]),
    "",
    table([
      ["COLUMN", "PSI", "MISSING", "BEFORE", "AFTER"],
      ...ranked.map(({ name, psi, missing: [gaps, gapsNow], values: [old, now] }) => [
        name,
        psi.toFixed(3),
        gaps === gapsNow ? percent(gaps) : `${percent(gaps)} -> ${percent(gapsNow)}`,
        valuesText(old),
        valuesText(now),
      ]),
    ]),
    "PSI: below 0.1 little has moved, from 0.25 on much",
  ].join("\n");
}

function valuesText(values: Values): string {
  if (values.mean === undefined) {
    const most = Object.entries(values.most).slice(0, 3);
    const shares = most.map(([text, share]) => `${oneLine(text).slice(0, 20)} ${percent(share)}`);
    return `${values.different} different: ${shares.join(", ")}`;
  }
  const { mean, min, q25, median, q75, max } = values;
  if (mean === null) return "no value";
  return `mean ${short(mean)}; ${[min, q25, median, q75, max].map(short).join(" | ")}`;
}

function usesText(uses: readonly Use[] | undefined): string {
  const named = (uses ?? []).map(({ model, version, aliases }) =>
    [`${model}/${version}`, ...(aliases.length > 0 ? [`(${aliases.join(", ")})`] : [])].join(" "),
  );
  return named.join(", ") || "-";
}

const short = (value: number | string | null) =>
  typeof value === "number" ? String(Number(value.toPrecision(5))) : (value ?? "-");
const percent = (share: number) => `${Number((100 * share).toFixed(1))}%`;
const timeOf = (text: string) => text.slice(0, 19).replace("T", " ").replace("Z", "");
const oneLine = (text: string) => text.replaceAll(/\s+/g, " ").trim();
