import { badField } from "../protocol-rows.ts";

/** The protocol's datatypes that this server reads; 16-bit floats have no use here. */
export const DATATYPES = [
  "BOOL",
  "INT8",
  "INT16",
  "INT32",
  "INT64",
  "UINT8",
  "UINT16",
  "UINT32",
  "UINT64",
  "FP32",
  "FP64",
  "BYTES",
] as const;

/** One of the protocol's datatypes. */
export type Datatype = (typeof DATATYPES)[number];

/** A typed value of a tensor; null is a missing number, a bigint comes from bytes of 64-bit integers. */
export type Element = number | bigint | string | boolean | null;

const ARRAYS = {
  BOOL: Uint8Array,
  INT8: Int8Array,
  INT16: Int16Array,
  INT32: Int32Array,
  INT64: BigInt64Array,
  UINT8: Uint8Array,
  UINT16: Uint16Array,
  UINT32: Uint32Array,
  UINT64: BigUint64Array,
  FP32: Float32Array,
  FP64: Float64Array,
};

/**
 * Takes a tensor's elements, row after row, out of JSON: flat, or nested as its shape says. Throws
 * the 422 with the path of every wrong element's kind; a missing number may be null.
 */
export function jsonElements(
  data: readonly unknown[],
  datatype: Datatype,
  shape: readonly number[],
  at: string,
): Element[] {
  const flat = data.some(Array.isArray) ? nested(data, shape, at) : data;
  const wanted = product(shape);
  if (flat.length !== wanted) {
    throw badField(at, `has ${flat.length} elements where the shape says ${wanted}`);
  }
  const wrong = flat.findIndex((element) => !fits(element, datatype));
  if (wrong >= 0) throw badField(`${at}/${wrong}`, `is not of the datatype ${datatype}`);
  return flat as Element[];
}

/** Takes a tensor's elements out of its binary form: little-endian, strings after their length. */
export function binaryElements(
  bytes: Buffer,
  datatype: Datatype,
  shape: readonly number[],
  at: string,
): Element[] {
  const wanted = product(shape);
  const elements = datatype === "BYTES" ? strings(bytes, at) : numbers(bytes, datatype, at);
  if (elements.length !== wanted) {
    throw badField(at, `has ${elements.length} elements where the shape says ${wanted}`);
  }
  return elements;
}

/** Writes elements in the binary form. */
export function toBinary(elements: readonly (number | string)[], datatype: Datatype): Buffer {
  if (datatype === "BYTES") {
    return Buffer.concat(
      elements.flatMap((element) => {
        const text = Buffer.from(String(element));
        const length = Buffer.alloc(4);
        length.writeUInt32LE(text.length);
        return [length, text];
      }),
    );
  }
  if (datatype === "INT64") {
    return Buffer.from(BigInt64Array.from(elements, (element) => BigInt(element)).buffer);
  }
  if (datatype === "FP64") return Buffer.from(Float64Array.from(elements, Number).buffer);
  return Buffer.from(Float32Array.from(elements, Number).buffer);
}

function product(shape: readonly number[]): number {
  return shape.reduce((size, length) => size * length, 1);
}

function nested(value: unknown, [length, ...rest]: readonly number[], at: string): unknown[] {
  if (!Array.isArray(value) || value.length !== length) {
    throw badField(at, "is nested differently than the shape says");
  }
  const items: unknown[] = value;
  return rest.length === 0 ? items : items.flatMap((item) => nested(item, rest, at));
}

function fits(element: unknown, datatype: Datatype): boolean {
  if (datatype === "BOOL") return typeof element === "boolean";
  if (datatype === "BYTES") return typeof element === "string";
  if (datatype.startsWith("FP")) return element === null || typeof element === "number";
  if (!Number.isInteger(element)) return false;
  const signed = datatype.startsWith("INT");
  const bits = Number(datatype.replace(/\D/g, "")) - (signed ? 1 : 0);
  const value = element as number;
  return value < 2 ** bits && value >= (signed ? -(2 ** bits) : 0);
}

function numbers(bytes: Buffer, datatype: Exclude<Datatype, "BYTES">, at: string): Element[] {
  const TypedArray = ARRAYS[datatype];
  if (bytes.length % TypedArray.BYTES_PER_ELEMENT !== 0) {
    throw badField(at, `has ${bytes.length} bytes, not a multiple of ${datatype}'s size`);
  }
  // A copy, because a typed array must begin at a multiple of its element's size.
  const { buffer } = Uint8Array.from(bytes);
  const values = Array.from<number | bigint>(new TypedArray(buffer));
  if (datatype === "BOOL") return values.map((value) => value !== 0);
  return values.map((value) => (Number.isNaN(value) ? null : value));
}

function strings(bytes: Buffer, at: string): string[] {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const elements: string[] = [];
  for (let start = 0; start < bytes.length;) {
    const text = start + 4;
    const end = text <= bytes.length ? text + bytes.readUInt32LE(start) : Infinity;
    if (end > bytes.length) throw badField(at, "ends within a string");
    try {
      elements.push(decoder.decode(bytes.subarray(text, end)));
    } catch {
      throw badField(`${at}/${elements.length}`, "is not UTF-8");
    }
    start = end;
  }
  return elements;
}
