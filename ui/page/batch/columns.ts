import { meaningOf, type Row } from "../form.ts";
import { t } from "../language.ts";
import { type Notation, readNumber } from "../number.ts";
import type { Feature } from "../package.ts";
import { type TableFile, folded } from "./table-file.ts";

/** Where a model's features stand in a file. */
export interface Columns {
  /** The column of each feature that has one, in the order of the features. */
  found: readonly { feature: Feature; at: number }[];
  /** Features that the model needs and that have no column. */
  lacking: readonly Feature[];
  /** Features without a column that count as missing in every row. */
  absent: readonly Feature[];
  /** Names that more than one column has, so that nobody knows which is meant. */
  twice: readonly string[];
}

/** Columns are called as their feature, by its name or its title, in whatever case. */
export function columnsOf(features: readonly Feature[], header: readonly string[]): Columns {
  const found: { feature: Feature; at: number }[] = [];
  const without: Feature[] = [];
  const twice: string[] = [];
  for (const feature of features) {
    const exact = header.flatMap((column, at) => (column === feature.name ? [at] : []));
    const names = [feature.name, feature.title].map(folded);
    const alike = header.flatMap((column, at) => (names.includes(folded(column)) ? [at] : []));
    const places = exact.length > 0 ? exact : alike;
    if (places.length > 1) twice.push(feature.name);
    else if (places[0] === undefined) without.push(feature);
    else found.push({ feature, at: places[0] });
  }
  const [lacking, absent] = [true, false].map((needed) =>
    without.filter(({ required }) => required === needed),
  );
  return { found, lacking: lacking ?? [], absent: absent ?? [], twice };
}

/** Decimals behind a comma, behind a point, and a comma that may stand before decimals or thousands. */
const [COMMA, POINT, EITHER] = [/^[^.,]*,\d+$/, /^[^.,]*\.\d+$/, /^[+-]?[1-9]\d{0,2},\d{3}$/];

/** The decimal separator that more numbers of the file have; a point where none tells, so that "1,234" is asked about. */
export function notationIn({ rows }: TableFile, { found }: Columns): Notation {
  const numbers = found.filter(({ feature: { type } }) => type === "number");
  let commas = 0;
  for (const row of rows) {
    for (const { at } of numbers) {
      const text = row[at]?.trim() ?? "";
      if (POINT.test(text)) commas -= 1;
      else if (COMMA.test(text) && !EITHER.test(text)) commas += 1;
    }
  }
  return { decimal: commas > 0 ? "," : "." };
}

/** What is wrong with a cell; `column` is null where it is the whole row. */
export interface CellError {
  /** From 0, without the header. */
  row: number;
  column: string | null;
  problem: string;
}

/** A row of the file as a request row, or what is wrong with its cells. */
export function rowAt(
  { header, rows }: TableFile,
  { found }: Columns,
  notation: Notation,
  index: number,
): { row: Row; errors: CellError[] } {
  const cells = rows[index] ?? [];
  const row: Row = {};
  if (cells.length !== header.length) {
    const problem = t().otherLength(cells.length, header.length);
    return { row, errors: [{ row: index, column: null, problem }] };
  }
  const errors: CellError[] = [];
  for (const { feature, at } of found) {
    const meaning = cellMeans(feature, cells[at] ?? "", notation);
    if (meaning.value === undefined) {
      errors.push({ row: index, column: header[at] ?? "", problem: meaning.problem });
    } else if (meaning.value !== null) row[feature.name] = meaning.value;
  }
  return { row, errors };
}

type Meaning = ReturnType<typeof meaningOf>;

const TRUTH: Readonly<Record<string, boolean>> = { true: true, false: false, 1: true, 0: false };

/** An empty cell is a missing value; which of those the model needs, and which times it takes, the API says. */
function cellMeans(feature: Feature, text: string, notation: Notation): Meaning {
  const { type } = feature;
  const plain = text.trim();
  if (plain === "") return { value: null };
  switch (type) {
    case "datetime":
      return { value: plain };
    case "boolean": {
      const value = TRUTH[plain.toLowerCase()];
      return value === undefined ? wrong(t().trueOrFalse) : { value };
    }
    case "number":
    case "integer": {
      const reading = readNumber(plain, type === "integer", notation);
      return "value" in reading ? reading : wrong(reading.problem);
    }
    case "category":
    case "text":
      return meaningOf(feature, { value: text, missing: false });
  }
}

const wrong = (what: string) => ({ value: undefined, problem: t().mustBe(what) });
