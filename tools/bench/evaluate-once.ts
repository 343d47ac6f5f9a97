import process from "node:process";
import { evaluate } from "../lib/program/evaluate.ts";
import { rawStack } from "../lib/stack/stack-file.ts";

/**
 * Evaluates the dev stack once in this process and prints what it cost as JSON.
 * Arguments: model files that take the place of the stack's own.
 */
const files = process.argv.slice(2);
const config = rawStack("dev");
if (files.length > 0) config["models"] = files.map((file) => ({ file }));
const { resources } = await evaluate("dev", config);
const { user, system } = process.cpuUsage();
process.stdout.write(
  JSON.stringify({
    models: (config["models"] as unknown[]).length,
    resources: resources.filter(({ type }) => !type.startsWith("slipway:")).length,
    // performance.now() counts from the start of the process.
    seconds: performance.now() / 1e3,
    cpuSeconds: (user + system) / 1e6,
    mib: process.resourceUsage().maxRSS / 1024,
  }),
);
