import { z } from "zod";
import {
  type Quantity,
  isMultiple,
  parseQuantity,
  readQuantity,
  wholeOf,
} from "../lib/quantity.ts";

/** Says what is wrong with a quantity, or nothing. */
type QuantityRule = (quantity: Quantity, text: string) => string | undefined;

const MEBIBYTE = 2 ** 20;

/** A quantity of Kubernetes; YAML may give `1` as a number. */
const quantity = (example: string, rule: QuantityRule) =>
  z
    .union([z.string(), z.number()], `must be a quantity, such as ${example}`)
    .transform((value, ctx) => {
      const text = String(value);
      const read = readQuantity(text);
      const message =
        read === undefined
          ? `is not a valid quantity, such as ${example}`
          : read.nanos <= 0n
            ? `must be more than 0, such as ${example}`
            : rule(read, text);
      if (message === undefined) return text;
      ctx.issues.push({ code: "custom", input: value, message, params: { shown: true } });
      return z.NEVER;
    });

/** Cores; Kubernetes counts no less than a thousandth of one. */
export const cpu = quantity("500m or 2", (read, text) => {
  if (/^[KMGTPE]i?$|^k$/.test(read.suffix)) {
    return `counts cores in '${read.suffix}', which is for bytes: write ${text.replace(/[a-zA-Z]+$/, "m")} for thousandths of a core, or a number of cores`;
  }
  return isMultiple(read, 1)
    ? undefined
    : "is finer than a thousandth of a core, which is all that is counted: round it, such as 100m";
});

/**
 * Bytes, as a whole number of them: of a fraction Kubernetes makes thousandths of bytes, and warns
 * (`fractional byte value`). The least is what a container's runtime, or a volume, can do with.
 */
const bytes = (example: string, least: number, why: string) =>
  quantity(example, (read, text) => {
    const number = text.replace(/[a-zA-Z]+$/, "");
    if (["n", "u", "m"].includes(read.suffix))
      return `is in thousandths of bytes ('${read.suffix}'): write ${number}Mi for mebibytes`;
    if (parseQuantity(text) >= least * MEBIBYTE) return undefined;
    const meant = read.suffix === "" ? `, ${number}Mi?` : "";
    return `is less than ${least}Mi, ${why}: name a unit such as Mi or Gi${meant}`;
  }).transform(wholeBytes);

/** Requested memory. */
const memory = bytes("512Mi", 1, "which is no memory for a container");
/**
 * A limit; CRI-O starts no container below 12Mi (`minMemoryLimit` of its server/container_create_linux.go),
 * Docker none below 6.
 */
const memoryLimit = bytes("512Mi", 12, "below which a node starts no container");
/** A volume; an empty Postgres alone takes about 40Mi. */
export const volume = bytes("10Gi", 100, "too small for an empty database");
/** A sum of bytes; a rule compares it with what is needed. */
export const sum = bytes("16Gi", 0, "");

function wholeBytes(text: string): string {
  const read = readQuantity(text);
  return read === undefined || isMultiple(read, 1000) ? text : String(wholeOf(text));
}

/** Requests and limit of one workload. */
export const resources = (
  ...[cpus, request, limit]: [cpu: string, memory: string, memoryLimit: string]
) =>
  z
    .strictObject({
      cpu: cpu.prefault(cpus).describe("Requested CPU."),
      memory: memory.prefault(request).describe("Requested memory."),
      memoryLimit: memoryLimit
        .prefault(limit)
        .describe("Memory beyond which the container is killed."),
    })
    .check((ctx) => {
      const { memory: asked, memoryLimit: most } = ctx.value;
      if (wholeOf(asked) <= wholeOf(most)) return;
      ctx.issues.push({
        code: "custom",
        input: asked,
        path: ["memory"],
        message: `(${asked}) exceeds memoryLimit (${most}), more than which no container gets: raise memoryLimit, or lower it`,
      });
    })
    .prefault({});
