/**
 * Quantities as the Kubernetes API takes them: a decimal number with a suffix or an exponent
 * (`k8s.io/apimachinery/pkg/api/resource`, `parseQuantityString` and `newSuffixer`).
 */
const QUANTITY = /^([+-]?)(\d+\.?\d*|\.\d+)(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d+))?$/;

const DECIMAL: Record<string, number> = {
  ...{ n: -9, u: -6, m: -3 },
  ...{ k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 },
};
const BINARY = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/** Kubernetes keeps no finer part of a quantity than this, and rounds up to it. */
const NANO = 9;
const ONE = 10n ** BigInt(NANO);
/** Beyond an int64 nothing is counted. */
const MOST = 2n ** 63n - 1n;

/** A quantity taken apart: floats would make 1.1 cores 1100.0000000000002 thousandths. */
export interface Quantity {
  /** What it stands for, in billionths, rounded up as Kubernetes does. */
  nanos: bigint;
  /** Its suffix; empty for a plain number and for one with an exponent. */
  suffix: string;
}

/** Takes a quantity apart; undefined where `text` is none, or one that Kubernetes cannot count. */
export function readQuantity(text: string): Quantity | undefined {
  const [whole, sign, number = "", suffix = "", exponent] = QUANTITY.exec(text) ?? [];
  // No quantity worth a name has an exponent of three digits, and a power of one would not end.
  if (whole === undefined || Math.abs(Number(exponent ?? 0)) > 99) return undefined;
  const [integer = "", fraction = ""] = number.split(".");
  const power = Number(exponent ?? DECIMAL[suffix] ?? 0) - fraction.length + NANO;
  const digits = BigInt(integer + fraction) * 1024n ** BigInt(BINARY.indexOf(suffix) + 1);
  const nanos =
    power >= 0 ? digits * 10n ** BigInt(power) : ceilDivide(digits, 10n ** BigInt(-power));
  if (nanos > MOST * ONE) return undefined;
  return { nanos: sign === "-" ? -nanos : nanos, suffix };
}

/**
 * The number that a Kubernetes quantity stands for: `500m` is 0.5, `1Gi` is 1073741824.
 *
 * @throws when `text` is not a valid quantity.
 */
export function parseQuantity(text: string): number {
  const nanos = nanosOf(text);
  return Number(nanos / ONE) + Number(nanos % ONE) / Number(ONE);
}

/** Thousandths of a quantity, rounded up: what CPU is counted in. @throws when `text` is not a valid quantity. */
export function milliOf(text: string): number {
  return Number(ceilDivide(nanosOf(text), ONE / 1000n));
}

/** A quantity rounded up to a whole number: what bytes are counted in. @throws when `text` is not a valid quantity. */
export function wholeOf(text: string): number {
  return Number(ceilDivide(nanosOf(text), ONE));
}

/** Whether a quantity is a multiple of so many thousandths: of 1000, where it is a whole number. */
export function isMultiple({ nanos }: Quantity, thousandths: number): boolean {
  return nanos % ((BigInt(thousandths) * ONE) / 1000n) === 0n;
}

function nanosOf(text: string): bigint {
  const quantity = readQuantity(text);
  if (quantity === undefined)
    throw new Error(`'${text}' is not a valid Kubernetes quantity, such as 500m or 2Gi`);
  return quantity.nanos;
}

function ceilDivide(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor;
}
