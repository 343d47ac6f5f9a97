import Papa from "papaparse";

/** A file of rows as it was read, every cell as its text. */
export interface TableFile {
  name: string;
  /** A label of the Encoding Standard, https://encoding.spec.whatwg.org/#names-and-labels */
  encoding: string;
  /** Whether it began with a byte order mark, as Excel writes one. */
  marked: boolean;
  delimiter: string;
  /** The first line. */
  header: readonly string[];
  /** The others, without empty ones. */
  rows: readonly (readonly string[])[];
  /** Which row of a spreadsheet each of them is, from 1. */
  places: readonly number[];
}

/** Rows that the page takes; a longer file belongs to a program. */
export const MOST_ROWS = 50_000;
/** Bytes that the page takes. */
export const MOST_BYTES = 64 * 1024 * 1024;

/** Why a file is no table that the page takes. */
export type Trouble = "empty" | "large" | "long" | "binary";

const DELIMITERS = [",", ";", "\t", "|"];
const MARKS: readonly [encoding: string, mark: readonly number[]][] = [
  ["utf-8", [0xef, 0xbb, 0xbf]],
  ["utf-16le", [0xff, 0xfe]],
  ["utf-16be", [0xfe, 0xff]],
];

/**
 * Reads a CSV file, whatever its encoding and delimiter.
 *
 * @param expected names of columns, by which the delimiter is known even where decimals have commas
 * @returns `trouble` says why it cannot be read
 */
export function readTable(
  name: string,
  bytes: Uint8Array,
  expected: readonly string[],
): TableFile | { trouble: Trouble } {
  if (bytes.length > MOST_BYTES) return { trouble: "large" };
  const { text, ...encoding } = decoded(bytes);
  if (text.includes("\0")) return { trouble: "binary" };
  const delimiter = delimiterOf(text, expected);
  const { data, meta } = Papa.parse<string[]>(text, {
    ...(delimiter === undefined ? { delimitersToGuess: DELIMITERS } : { delimiter }),
  });
  const filled = data.flatMap((cells, at) =>
    cells.some((cell) => cell.trim() !== "") ? [{ cells, place: at + 1 }] : [],
  );
  const [header, ...rest] = filled;
  if (header === undefined || rest.length === 0) return { trouble: "empty" };
  if (rest.length > MOST_ROWS) return { trouble: "long" };
  return {
    ...{ name, ...encoding, delimiter: meta.delimiter },
    header: header.cells.map((column) => column.trim()),
    rows: rest.map(({ cells }) => cells),
    places: rest.map(({ place }) => place),
  };
}

/** A column's name as names are compared. */
export const folded = (name: string) => name.trim().toLowerCase();

/** The delimiter by which the first line has more of the names than by any other. */
function delimiterOf(text: string, expected: readonly string[]): string | undefined {
  const names = new Set(expected.map(folded));
  const known = DELIMITERS.map((delimiter) => {
    const { data } = Papa.parse<string[]>(text, { delimiter, preview: 1 });
    const count = data[0]?.filter((cell) => names.has(folded(cell))).length ?? 0;
    return { delimiter, count };
  }).sort((a, b) => b.count - a.count);
  const [first, second] = known;
  return first && first.count > (second?.count ?? 0) ? first.delimiter : undefined;
}

/** A byte order mark decides; else UTF-8 where it is valid, and what old spreadsheets write where it is not. */
function decoded(bytes: Uint8Array): { encoding: string; marked: boolean; text: string } {
  for (const [encoding, mark] of MARKS) {
    if (mark.every((byte, at) => bytes[at] === byte))
      return { encoding, marked: true, text: new TextDecoder(encoding).decode(bytes) };
  }
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return { encoding: "utf-8", marked: false, text };
  } catch {
    const encoding = "windows-1252";
    return { encoding, marked: false, text: new TextDecoder(encoding).decode(bytes) };
  }
}

/** The same table with more columns, in its own delimiter; UTF-8, with a mark where Excel would not know it otherwise. */
export function writeTable(
  { delimiter, header, marked, encoding }: TableFile,
  more: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const text = Papa.unparse([[...header, ...more], ...rows] as string[][], { delimiter });
  return `${marked || encoding !== "utf-8" ? "\ufeff" : ""}${text}\r\n`;
}
