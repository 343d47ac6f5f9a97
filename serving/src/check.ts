/**
 * `node dist/check.js FOLDER [--rows]`: loads a model package with the server's own loader and prints what `/predict`
 * would answer to its example row. With `--rows`, standard input is the body of a `/predict` request, answered too.
 * Exit code 0; 2 where the server would refuse the package or the rows, with the reason; 1 for a wrong call.
 */
import process from "node:process";
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";

import { checkPackage, type CheckResult } from "./check-package.ts";
import { ConfigError, readConfig, type Limits } from "./config.ts";

const USAGE = "usage: check FOLDER [--rows]   (--rows: a /predict body on standard input)";

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { rows: { type: "boolean", default: false } },
    allowPositionals: true,
  });
  const [folder, second] = positionals;
  if (folder === undefined || second !== undefined) throw new TypeError("name one folder");
  const limits = limitsOf(process.env);
  const body = values.rows ? await text(process.stdin) : undefined;
  const result = await checkPackage(folder, limits, body);
  process.stdout.write(`${jsonOf(result)}\n`);
  if (result.refusal === undefined) return 0;
  process.stderr.write(`${result.refusal.reason}: ${result.refusal.detail}\n`);
  return 2;
}

/** The server's limits (`MAX_…`); what else the environment holds does not concern a check. */
function limitsOf(env: NodeJS.ProcessEnv): Limits {
  const limiting = Object.entries(env).filter(([name]) => name.startsWith("MAX_"));
  return readConfig({ ...Object.fromEntries(limiting), MODEL_URI: "." }).limits;
}

/** Answers are put in as they are: parsing them would round a class beyond 2^53. */
function jsonOf(result: CheckResult): string {
  if (result.refusal !== undefined) return JSON.stringify({ ok: false, ...result.refusal });
  const { model, example, answer } = result;
  const last = answer === undefined ? "" : `,"answer":${answer}`;
  return `{"ok":true,"model":${JSON.stringify(model)},"example":${example}${last}}`;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const { message, stack } = error as Error;
    const known = error instanceof TypeError || error instanceof ConfigError;
    process.stderr.write(known ? `${message}\n${USAGE}\n` : `${String(stack)}\n`);
    process.exitCode = 1;
  },
);
