/** Command line of `npm run bench`: writes docs/benchmarks.json and docs/benchmarks.md. */
import { readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { Failure } from "../lib/failure.ts";
import { Progress } from "../lib/progress.ts";
import { preparePython } from "../lib/python.ts";
import { run } from "../lib/run.ts";
import { runCommand } from "../lib/command.ts";
import { benchmarksPage } from "./page.ts";
import { benchProgram } from "./program.ts";
import type { Results } from "./results.ts";
import { benchSandbox } from "./sandbox.ts";
import { benchServing } from "./serving.ts";
import { benchTraining } from "./training.ts";

const USAGE = `usage: npm run bench                          ratios, side by side with peers
       npm run bench -- training              a large table instead; keeps the rest
       npm run bench -- sandbox [--cold]      the sandbox instead; keeps the rest`;

const PARTS = ["all", "training", "sandbox"] as const;
type Part = (typeof PARTS)[number];

const root = path.resolve(import.meta.dirname, "..", "..");

async function machine(): Promise<Results["machine"]> {
  const { stdout } = await run(["git", "-C", root, "rev-parse", "--short", "HEAD"]);
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: os.cpus()[0]?.model ?? "an unknown processor",
    cores: os.availableParallelism(),
    memoryGib: os.totalmem() / 2 ** 30,
    load: os.loadavg()[0] ?? 0,
    node: process.versions.node,
    commit: stdout.trim(),
  };
}

async function measure(part: Part, cold: boolean, before: Results): Promise<Results> {
  const progress = new Progress();
  const here = await machine();
  if (part === "sandbox") {
    const sandbox = await benchSandbox(root, cold, progress);
    const firstSeconds = sandbox.firstSeconds ?? before.sandbox?.firstSeconds;
    const first = firstSeconds === undefined ? {} : { firstSeconds };
    return { ...before, sandbox: { machine: here, ...sandbox, ...first } };
  }
  const python = await preparePython(root, progress);
  if (part === "training") {
    return { ...before, training: { machine: here, ...(await benchTraining(python, progress)) } };
  }
  const program = await benchProgram(root, progress);
  return { ...before, machine: here, program, serving: await benchServing(root, python, progress) };
}

await runCommand(USAGE, async () => {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { cold: { type: "boolean", default: false } },
  });
  const named = positionals.join(" ");
  const part = PARTS.find((one) => one === (named === "" ? "all" : named));
  if (part === undefined) throw new Failure(`no benchmark '${named}'\n${USAGE}`, 2);
  if (values.cold && part !== "sandbox") throw new Failure(`--cold goes with sandbox\n${USAGE}`, 2);
  const file = path.join(root, "docs", "benchmarks.json");
  const page = path.join(root, "docs", "benchmarks.md");
  const before = JSON.parse(readFileSync(file, "utf8")) as Results;
  const results = await measure(part, values.cold, before);
  const text = await benchmarksPage(results);
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(page, text);
  process.stdout.write(`${text}\n${page}\n`);
});
