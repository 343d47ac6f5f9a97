/** How a column's values are to be read, by the names of hyparquet-writer. */
export type ParquetType = keyof typeof PLAIN | "STRING";

/** What a page of one column has, as bytes: typed arrays become them at once, where an object a value would cost more than all else. */
export interface ParquetColumn {
  readonly name: string;
  readonly type: ParquetType;
  /** The values that are there, in the encoding PLAIN. Undefined: they are those of the dictionary. */
  readonly plain?: Uint8Array;
  readonly dictionary?: Dictionary;
  /** For each row 1 where it has a value and 0 where that is missing; undefined where none may be missing. */
  readonly present?: Uint8Array;
}

/** Values that come again, and which of them each row has. */
export interface Dictionary {
  readonly size: number;
  readonly plain: Uint8Array;
  readonly places: Uint32Array | Float64Array;
}

/** Of numbers, how they are in the encoding PLAIN. Node's processors are little-endian, as Parquet is. */
const PLAIN = {
  DOUBLE: bytesOf,
  FLOAT: (values: Float64Array) => bytesOf(new Float32Array(values)),
  INT32: (values: Float64Array) => bytesOf(new Int32Array(values)),
  TIMESTAMP: plainIntegers,
  BOOLEAN: plainBooleans,
};
/** Up to so many different numbers, such as ages, are written once: a third of the bytes, for less time than compression takes. */
const FEW = 4_096;
const SLOT_BITS = 14;

/** A column of numbers, none of which is missing but where `present` says so. */
export function numberColumn(
  name: string,
  type: keyof typeof PLAIN,
  values: Float64Array,
  present?: Uint8Array,
): ParquetColumn {
  const about = { name, type, ...(present && { present }) };
  const few = type === "BOOLEAN" ? undefined : fewNumbers(values);
  if (few === undefined) return { ...about, plain: PLAIN[type](values) };
  const { numbers, places } = few;
  return { ...about, dictionary: { size: numbers.length, plain: PLAIN[type](numbers), places } };
}

/** Leaves out NaN, which stands for what is missing. */
export function withoutMissing(parts: readonly Float64Array[], rows: number) {
  const values = new Float64Array(rows);
  const present = new Uint8Array(rows);
  let [row, kept] = [0, 0];
  for (const part of parts) {
    for (let at = 0; at < part.length; at += 1, row += 1) {
      const value = part[at] ?? NaN;
      if (Number.isNaN(value)) continue;
      present[row] = 1;
      values[kept] = value;
      kept += 1;
    }
  }
  return { values: values.subarray(0, kept), present };
}

/** Each text with its length before it. */
export function plainTexts(texts: readonly string[]): Uint8Array {
  const size = texts.reduce((sum, text) => sum + 4 + Buffer.byteLength(text), 0);
  const bytes = Buffer.alloc(size);
  let at = 0;
  for (const text of texts) {
    const length = bytes.write(text, at + 4);
    at = bytes.writeUInt32LE(length, at) + length;
  }
  return bytes;
}

/** One typed array of several. */
export function joined<T extends Uint8Array | Float64Array>(
  Type: new (length: number) => T,
  parts: readonly T[],
): T {
  const all = new Type(parts.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  for (const part of parts) {
    all.set(part, start);
    start += part.length;
  }
  return all;
}

/** The numbers that there are, such as ages, and which of them each row has; undefined where they are many. */
function fewNumbers(values: Float64Array) {
  const halves = new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
  const numbers = new Float64Array(FEW);
  const places = new Uint32Array(values.length);
  // A hash table of places, plus one: a Map would take ten times as long.
  const slots = new Uint16Array(2 ** SLOT_BITS);
  let size = 0;
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at] ?? 0;
    const bits = (halves[2 * at] ?? 0) ^ (halves[2 * at + 1] ?? 0);
    let slot = Math.imul(bits, 0x9e3779b1) >>> (32 - SLOT_BITS);
    let place = slots[slot] ?? 0;
    while (place > 0 && numbers[place - 1] !== value) {
      slot = (slot + 1) % slots.length;
      place = slots[slot] ?? 0;
    }
    if (place === 0) {
      if (size === FEW) return undefined;
      numbers[size] = value;
      size += 1;
      slots[slot] = place = size;
    }
    places[at] = place - 1;
  }
  return 2 * size > values.length ? undefined : { numbers: numbers.subarray(0, size), places };
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Whole numbers of 64 bits, without a BigInt each. */
function plainIntegers(values: Float64Array): Uint8Array {
  const halves = new Int32Array(2 * values.length);
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at] ?? 0;
    // Both are taken modulo 2 ** 32 where they are stored.
    halves[2 * at] = value % 4_294_967_296;
    halves[2 * at + 1] = Math.floor(value / 4_294_967_296);
  }
  return bytesOf(halves);
}

/** One bit a value, the first the lowest. */
function plainBooleans(values: Float64Array): Uint8Array {
  const bits = new Uint8Array(Math.ceil(values.length / 8));
  for (let at = 0; at < values.length; at += 1) {
    if (values[at] === 1) bits[at >> 3] = (bits[at >> 3] ?? 0) | (1 << (at & 7));
  }
  return bits;
}
