import type { Promotion } from "./promotions.ts";
import type { Entry } from "../lib/stack/records.ts";

/** A change of what is live. */
export interface Row extends Omit<Entry, "event"> {
  event: Entry["event"] | "model";
}

/** Records and promotions together, oldest first; each row also knows the versions that were live then. */
export function joinHistory(
  records: readonly Entry[],
  promotions: ReadonlyMap<string, readonly Promotion[]>,
): Row[] {
  const moves: Row[] = [...promotions].flatMap(([model, list]) =>
    list.map(({ version, at, by, reason }) => ({
      at,
      event: "model" as const,
      by,
      result: "ok" as const,
      models: { [model]: version },
      note: reason === undefined ? "promoted" : `rolled back: ${reason}`,
    })),
  );
  const live: Record<string, string> = {};
  return [...records, ...moves]
    .sort((one, other) => one.at.localeCompare(other.at))
    .map((row) => {
      Object.assign(live, row.models);
      return { ...row, models: { ...live } };
    });
}

const COLUMNS: [string, (row: Row) => string][] = [
  ["WHEN (UTC)", ({ at }) => at.slice(0, 19).replace("T", " ")],
  ["WHAT", ({ event }) => event],
  ["RESULT", ({ result }) => result],
  ["COMMIT", ({ sha = "", dirty }) => `${sha.slice(0, 7)}${dirty ? "+" : ""}` || "-"],
  ["IMAGES", ({ images }) => pairs(images, shortImage)],
  ["MODELS", ({ models }) => pairs(models, (version) => version)],
  ["WHO", ({ by }) => by],
  ["NOTE", ({ note = "" }) => note.replaceAll(/\s+/g, " ").slice(0, 100)],
];

/** The history as aligned plain text; `+` marks a commit with uncommitted changes. */
export function historyTable(rows: readonly Row[]): string {
  const table = [
    COLUMNS.map(([title]) => title),
    ...rows.map((row) => COLUMNS.map(([, of]) => of(row))),
  ];
  const widths = COLUMNS.map((_, column) =>
    Math.max(...table.map((cells) => cells[column]?.length ?? 0)),
  );
  return table
    .map((cells) =>
      cells
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function pairs(values: Record<string, string> | undefined, short: (value: string) => string) {
  const list = Object.entries(values ?? {}).map(([name, value]) => `${name}=${short(value)}`);
  return list.join(" ") || "-";
}

/** The first digits of the digest, else the tag. */
function shortImage(pin: string): string {
  const [tagged = "", digest] = pin.split("@sha256:");
  return digest?.slice(0, 7) ?? tagged.slice(tagged.lastIndexOf(":") + 1);
}
