/**
 * `npm test`: every check that needs no cluster, one after the other; goes on after a failure and counts at the
 * end. With `--cluster` the tests on real pods follow, where a sandbox can run, and the sandbox is destroyed.
 */
import { spawn } from "node:child_process";
import path from "node:path";
import process from "node:process";
import { Failure } from "./lib/failure.ts";
import { Progress } from "./lib/progress.ts";
import { preparePython } from "./lib/python.ts";
import { clusterObstacles } from "./sandbox/choose-cluster.ts";
import { asSkipped, countTests, type Counts } from "./test-counts.ts";

/** A command and where it runs. */
interface Suite {
  name: string;
  argv: [string, ...string[]];
  cwd?: string;
  /** Its tests are counted, not run. @default false */
  skipped?: boolean;
}

const root = path.resolve(import.meta.dirname, "..");
const at = (...parts: string[]): string => path.join(root, ...parts);

function suites(python: string): Suite[] {
  const mocha: Suite["argv"] = [at("node_modules", ".bin", "mocha"), "test/**/*.test.ts"];
  const training = { cwd: at("training") };
  return [
    { name: "format", argv: ["npm", "run", "--silent", "format"] },
    { name: "lint", argv: ["npm", "run", "--silent", "lint"] },
    { name: "types", argv: ["npm", "run", "--silent", "types"] },
    { name: "ruff", argv: [python, "-m", "ruff", "check", "."], ...training },
    { name: "ruff format", argv: [python, "-m", "ruff", "format", "--check", "."], ...training },
    { name: "mypy", argv: [python, "-m", "mypy"], ...training },
    { name: "training", argv: [python, "-m", "pytest"], ...training },
    { name: "serving", argv: mocha, cwd: at("serving") },
    { name: "ui", argv: mocha, cwd: at("ui") },
    { name: "platform", argv: mocha },
  ];
}

/** The tests on real pods; where no sandbox can run, they are counted as skipped, with the reason. */
async function clusterSuite(progress: Progress): Promise<Suite> {
  const mocha: Suite["argv"] = [at("node_modules", ".bin", "mocha"), "--config"];
  const argv: Suite["argv"] = [
    ...mocha,
    at("test/cluster/.mocharc.json"),
    "test/cluster/*.test.ts",
  ];
  const obstacles = await clusterObstacles();
  if (obstacles.length === 0) return { name: "cluster", argv };
  progress.say(`the cluster tests are skipped:\n- ${obstacles.join("\n- ")}`);
  return { name: "cluster", argv: [...argv, "--dry-run"], skipped: true };
}

function run(suite: Suite, env: Record<string, string>): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const [program, ...args] = suite.argv;
    const child = spawn(program, args, {
      cwd: suite.cwd ?? root,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      process.stdout.write(chunk);
    });
    child.once("error", (error) => {
      resolve({ code: 127, output: error.message });
    });
    child.once("close", (code) => {
      resolve({ code: code ?? 1, output });
    });
  });
}

async function main(words: string[]): Promise<void> {
  const names = suites("").map(({ name }) => name);
  const unknown = words.find((word) => ![...names, "--cluster"].includes(word));
  if (unknown !== undefined) {
    throw new Failure(`no suite '${unknown}'; choose from ${names.join(", ")}, --cluster`, 2);
  }
  const only = words.filter((word) => word !== "--cluster");
  const progress = new Progress();
  const python = await preparePython(root, progress);
  const chosen = suites(python.interpreter).filter(
    ({ name }) => only.length === 0 || only.includes(name),
  );
  if (words.includes("--cluster")) chosen.push(await clusterSuite(progress));
  const total: Counts = { passed: 0, failed: 0, skipped: 0 };
  const red: string[] = [];
  for (const suite of chosen) {
    progress.say(`${suite.name} …`);
    const { code, output } = await run(suite, {
      ...python.env,
      SLIPWAY_PYTHON: python.interpreter,
    });
    const counts = suite.skipped ? asSkipped(countTests(output, code)) : countTests(output, code);
    for (const key of ["passed", "failed", "skipped"] as const) total[key] += counts[key];
    if (code !== 0) red.push(suite.name);
    progress.say(
      `${suite.name}: ${code === 0 ? "ok" : "FAILED"}, ${counts.passed} passed, ` +
        `${counts.failed} failed, ${counts.skipped} skipped`,
    );
  }
  if (words.includes("--cluster")) {
    await run(
      { name: "destroy", argv: ["npm", "run", "--silent", "sandbox", "--", "destroy"] },
      {},
    );
  }
  if (red.length > 0) process.stdout.write(`\nfailed: ${red.join(", ")}\n`);
  process.stdout.write(
    `\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`,
  );
  process.exitCode = red.length > 0 ? 1 : 0;
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  process.stderr.write(`\n${error.message}\n`);
  process.exitCode = error.exitCode;
}
