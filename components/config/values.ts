import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";

/** A Kubernetes quantity; YAML may give `1` as a number. */
export const quantity = z
  .union([z.string(), z.number()])
  .transform(String)
  .pipe(
    z
      .string()
      .regex(
        /^\d+(\.\d+)?(m|[kMGT]|[KMGT]i)?$/,
        "is not a valid quantity, such as 500m, 1.5 or 2Gi",
      ),
  );

export const cron = z
  .string()
  .regex(/^(\S+ ){4}\S+$/, "is not a valid cron schedule of five fields, such as '0 3 * * 1'");
export const httpsUrl = z.url({ protocol: /^https$/, error: "must be an https:// address" });
export const host = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, "is not a valid host name");
export const port = z.int().min(1).max(65535);
export const text = z.string().min(1);

/** An encrypted value: it stays a secret throughout the program. */
export const secret = text.transform((value) => pulumi.secret(value)).meta({ secret: true });

/** Requests and limit of one workload. */
export const resources = (cpu: string, memory: string, memoryLimit: string) =>
  z
    .strictObject({
      cpu: quantity.prefault(cpu).describe("Requested CPU."),
      memory: quantity.prefault(memory).describe("Requested memory."),
      memoryLimit: quantity
        .prefault(memoryLimit)
        .describe("Memory beyond which the container is killed."),
    })
    .prefault({});
