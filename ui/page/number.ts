import { readerLocale, t } from "./language.ts";

/** How a language writes numbers. */
export interface Notation {
  decimal: "." | ",";
}

/** What a text says: a number, or why it is none, as `mustBe` of the texts takes it. */
export type Reading = { value: number } | { problem: string };

const EXPONENT = String.raw`(?:[eE][+-]?\d+)?`;
const SIGN = "[+-]?";
/** Digits, or digits in threes behind spaces, apostrophes, points or commas. */
const INTEGER = String.raw`(?:\d+|[1-9]\d{0,2}(?<group>[ '.,])\d{3}(?:\k<group>\d{3})*)`;
const NUMBER = new RegExp(
  `^(?<sign>${SIGN})(?<integer>${INTEGER})?(?:(?<decimal>[.,])(?<fraction>\\d*))?(?<exponent>${EXPONENT})$`,
);
/** One separator and three digits behind it: thousands in one language, thousandths in another. */
const AMBIGUOUS = new RegExp(String.raw`^(${SIGN}[1-9]\d{0,2})([.,])(\d{3})(${EXPONENT})$`);

/** The notation of a language, by default the reader's; those that write neither a point nor a comma get the point. */
export function notationOf(language = readerLocale()): Notation {
  const parts = new Intl.NumberFormat(language).formatToParts(0.5);
  return { decimal: parts.some(({ value }) => value === ",") ? "," : "." };
}

/** A number, or its decimal text, as a field holds it: without groups, so that it reads back as itself. */
export function written(value: number | string, { decimal } = notationOf()): string {
  return String(value).replace(".", decimal);
}

/** A count, with its thousands as the reader's language groups them. */
export function counted(count: number): string {
  return count.toLocaleString(readerLocale());
}

/** A number in four digits, with its unit, for people to compare. */
export function inShort(number: number, unit: string | null = null): string {
  return `${written(Number(number.toPrecision(4)))} ${unit ?? ""}`.trimEnd();
}

/**
 * Reads a number as people write it: a point or a comma before the decimals, and thousands apart in any usual way. What
 * only one meaning fits has it, whatever the language; "1.234" is a number where the point is the language's own decimal
 * separator, and else refused, unless `whole` says that there can be no decimals.
 */
export function readNumber(text: string, whole = false, notation = notationOf()): Reading {
  const plain = text.trim().replace(/\s/g, " ").replaceAll("−", "-").replaceAll("’", "'");
  const [, before = "", separator, thousandths = "", exponent = ""] = AMBIGUOUS.exec(plain) ?? [];
  const behind = thousandths + exponent;
  if (separator !== undefined && separator !== notation.decimal) {
    if (whole) return { value: Number(before + behind) };
    const [large, small] = [before + behind, before + notation.decimal + behind];
    return { problem: t().either(large, small, plain) };
  }
  const value = separator === undefined ? numberOf(plain) : Number(`${before}.${behind}`);
  if (Number.isNaN(value)) return { problem: t().aNumber(written(12.5, notation)) };
  if (!Number.isFinite(value)) return { problem: t().aSmallerNumber };
  return { value };
}

/** Whether a text is written as this page itself would: nothing about it needs telling. */
export function isPlain(text: string, { decimal } = notationOf()): boolean {
  return /^[+-]?\d*[.,]?\d*$/.test(text) && !text.includes(decimal === "." ? "," : ".");
}

/** NaN for a text that is no number. */
function numberOf(plain: string): number {
  const groups = NUMBER.exec(plain)?.groups;
  const { sign = "", integer = "", group, decimal, fraction = "", exponent = "" } = groups ?? {};
  // "1.234.5" has no meaning, and neither has a point without digits.
  if (!groups || integer + fraction === "" || (group !== undefined && group === decimal))
    return NaN;
  return Number(`${sign}${integer.replace(/\D/g, "")}.${fraction}${exponent}`);
}
