import type { Promotion } from "./promotions.ts";
import { table } from "../lib/table.ts";
import type { Entry } from "../lib/stack/history.ts";

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

/** Columns that only a deployment fills. */
const DEPLOYED = ["COMMIT", "IMAGES"];
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

/**
 * The history as aligned plain text; `+` marks a commit with uncommitted changes. Commits and images are left out where
 * no row has any, as with `npm start`.
 */
export function historyTable(rows: readonly Row[]): string {
  const deployed = rows.some(({ sha, images }) => sha !== undefined || images !== undefined);
  const columns = COLUMNS.filter(([title]) => deployed || !DEPLOYED.includes(title));
  return table([
    columns.map(([title]) => title),
    ...rows.map((row) => columns.map(([, of]) => of(row))),
  ]);
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
