/**
 * `npm test`: every check that needs no cluster; goes on after a failure and counts at the end. With `--cluster` the tests on real pods follow, where a sandbox can run, and the sandbox is destroyed. With
 * `--all` the long set runs too, of which a usual run takes a part and counts the others as skipped.
 */
import { spawn } from "node:child_process";
import { chmodSync, closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { Failure } from "./lib/failure.ts";
import { Progress } from "./lib/progress.ts";
import { preparePython } from "./lib/python.ts";
import { clusterObstacles, needsBuild } from "./sandbox/choose-cluster.ts";
import {
  MOCHA,
  PYTEST,
  asSkipped,
  countTests,
  failedTests,
  inWords,
  type Counts,
  type Reporting,
} from "./test/counts.ts";

/** A command and where it runs. */
interface Suite {
  name: string;
  argv: [string, ...string[]];
  cwd?: string;
  /** How it reports its tests; a suite that does not is one check. */
  reporting?: Reporting;
  /** Its tests are counted, not run. @default false */
  skipped?: boolean;
  /** Runs beside the others, after those aside before it, as it mostly waits; its output comes at its end. @default false */
  aside?: boolean;
}

const root = path.resolve(import.meta.dirname, "..");
const at = (...parts: string[]): string => path.join(root, ...parts);

/** Words that name no suite. */
const OPTIONS = ["--cluster", "--all"];

/** Tests of commands, and of the program in the real engine: both mostly wait, and last longest. */
const [COMMANDS, ENGINE] = ["test/tools/**/*.test.ts", "test/pulumi/**/*.test.ts"];

function suites(python: string): Suite[] {
  const mocha = (...words: string[]): Pick<Suite, "argv" | "reporting"> => ({
    argv: [at("node_modules", ".bin", "mocha"), ...words],
    reporting: MOCHA,
  });
  const all = "test/**/*.test.ts";
  const training = { cwd: at("training") };
  return [
    { name: "format", argv: ["npm", "run", "--silent", "format"] },
    { name: "lint", argv: ["npm", "run", "--silent", "lint"] },
    { name: "types", argv: ["npm", "run", "--silent", "types"] },
    { name: "ruff", argv: [python, "-m", "ruff", "check", "."], ...training },
    { name: "ruff format", argv: [python, "-m", "ruff", "format", "--check", "."], ...training },
    { name: "mypy", argv: [python, "-m", "mypy"], ...training },
    { name: "serving", ...mocha(all), cwd: at("serving") },
    { name: "ui", ...mocha(all), cwd: at("ui") },
    { name: "commands", ...mocha(COMMANDS), aside: true },
    { name: "training", argv: [python, "-m", "pytest"], reporting: PYTEST, ...training },
    { name: "platform", ...mocha(all, "--ignore", COMMANDS, "--ignore", ENGINE) },
    { name: "engine", ...mocha(ENGINE), aside: true },
  ];
}

/** The tests on real pods; where no sandbox can run, or the time that is left is too short, they are counted as skipped, with the reason. */
async function clusterSuite(progress: Progress): Promise<Suite> {
  const mocha: Suite["argv"] = [at("node_modules", ".bin", "mocha"), "--config"];
  const argv: Suite["argv"] = [
    ...mocha,
    at("test/cluster/.mocharc.json"),
    "test/cluster/*.test.ts",
  ];
  const obstacles = [...(await clusterObstacles()), ...(await timeObstacles())];
  if (obstacles.length === 0) return { name: "cluster", argv, reporting: MOCHA };
  progress.say(`the cluster tests are skipped:\n- ${obstacles.join("\n- ")}`);
  return { name: "cluster", argv: [...argv, "--dry-run"], reporting: MOCHA, skipped: true };
}

/** Minutes that all of it may take, as a CI gives them. */
const LIMIT = Number(process.env["SLIPWAY_TEST_MINUTES"] ?? "Infinity");

/** Minutes that the tests on real pods take, once Kubernetes is built; and that its build takes on two processors. */
const [ON_PODS, TO_BUILD] = [28, 25];

async function timeObstacles(): Promise<string[]> {
  const needed = ON_PODS + ((await needsBuild()) ? TO_BUILD : 0);
  const left = LIMIT - process.uptime() / 60;
  if (left >= needed) return [];
  return [
    `${Math.max(0, Math.floor(left))} of SLIPWAY_TEST_MINUTES=${LIMIT} are left, and they take ${needed}: give more, or run npm run test:cluster`,
  ];
}

/** Builds the cluster beside the other tests, when these leave the processors idle, so that it is there when its own begin. */
async function buildCluster(): Promise<void> {
  if ((await clusterObstacles()).length > 0 || !(await needsBuild())) return;
  const command: Suite["argv"] = ["nice", "-n", "19", "npm", "run", "--silent", "sandbox"];
  const log = openSync(path.join(tmpdir(), "slipway-cluster-build.log"), "w");
  try {
    await run([...command, "--", "cluster", "build"], root, {}, log);
  } finally {
    closeSync(log);
  }
}

/** Runs a command; its exit code, 127 where it is not there. */
function run(
  argv: Suite["argv"],
  cwd = root,
  env: Record<string, string> = {},
  output: "inherit" | number = "inherit",
): Promise<number> {
  return new Promise((resolve) => {
    const [program, ...args] = argv;
    const options = { cwd, env: { ...process.env, ...env } };
    const child = spawn(program, args, { ...options, stdio: ["ignore", output, output] });
    child.once("error", (error) => {
      process.stderr.write(`${error.message}\n`);
      resolve(127);
    });
    child.once("close", (code) => {
      resolve(code ?? 1);
    });
  });
}

/** What a suite counted, and the tests that failed. */
async function outcomeOf(
  suite: Suite,
  env: Record<string, string>,
): Promise<{ counts: Counts; failed: string[] }> {
  const { argv, cwd, reporting, skipped = false, aside = false } = suite;
  if (!reporting) return { counts: countTests(await run(argv, cwd, env)), failed: [] };
  const folder = mkdtempSync(path.join(tmpdir(), "slipway-test-"));
  try {
    const [file, said] = [path.join(folder, "report"), path.join(folder, "output")];
    const output = aside ? openSync(said, "w") : "inherit";
    const code = await run([...argv, ...reporting.args(file)], cwd, env, output);
    if (output !== "inherit") {
      closeSync(output);
      process.stdout.write(readFileSync(said));
    }
    const report = { ...reporting, file };
    const counts = countTests(code, report);
    return { counts: skipped ? asSkipped(counts) : counts, failed: failedTests(report) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function main(words: string[]): Promise<void> {
  const names = suites("").map(({ name }) => name);
  const unknown = words.find((word) => ![...names, ...OPTIONS].includes(word));
  if (unknown !== undefined) {
    const known = [...names, ...OPTIONS].join(", ");
    throw new Failure(`no suite '${unknown}'; choose from ${known}`, 2);
  }
  const only = words.filter((word) => !OPTIONS.includes(word));
  const env = words.includes("--all") ? { SLIPWAY_ALL_TESTS: "1" } : {};
  const progress = new Progress();
  const python = await preparePython(root, progress);
  const chosen = suites(python.interpreter).filter(
    ({ name }) => only.length === 0 || only.includes(name),
  );
  const total: Counts = { passed: 0, failed: 0, skipped: 0 };
  const red: string[] = [];
  const check = async (suite: Suite) => {
    progress.say(`${suite.name} …`);
    const { counts, failed } = await outcomeOf(suite, {
      ...{ ...python.env, ...env },
      SLIPWAY_PYTHON: python.interpreter,
    });
    for (const key of ["passed", "failed", "skipped"] as const) total[key] += counts[key];
    const isRed = counts.failed > 0;
    if (isRed) red.push([suite.name, ...failed].join("\n\n"));
    progress.say(`${suite.name}: ${isRed ? "FAILED" : "ok"}, ${inWords(counts)}`);
  };
  const inTurn = async (suites: Suite[]) => {
    for (const suite of suites) await check(suite);
  };
  const built = words.includes("--cluster") ? buildCluster() : Promise.resolve();
  const [aside, watched] = [chosen.filter((one) => one.aside), chosen.filter((one) => !one.aside)];
  // With nothing to run beside, they are watched.
  if (watched.length === 0) await inTurn(aside.map((suite) => ({ ...suite, aside: false })));
  else await Promise.all([inTurn(watched), inTurn(aside)]);
  if (words.includes("--cluster")) {
    await built;
    await check(await clusterSuite(progress));
    await run(["npm", "run", "--silent", "sandbox", "--", "destroy"]);
  }
  // Once more and last: a log of thousands of lines is read from its end.
  for (const suite of red) process.stdout.write(`\nfailed: ${suite}\n`);
  process.stdout.write(`\n${inWords(total)}\n`);
  process.exitCode = red.length > 0 ? 1 : 0;
}

// Everything that the suites leave among temporary files goes with them, also what a failed test did not remove.
const temporary = mkdtempSync(path.join(tmpdir(), "slipway-"));
// Postgres, which no root may run, has its folder below it.
chmodSync(temporary, 0o711);
process.env["TMPDIR"] = temporary;
process.once("exit", () => {
  rmSync(temporary, { recursive: true, force: true, maxRetries: 3 });
});
try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  process.stderr.write(`\n${error.message}\n`);
  process.exitCode = error.exitCode;
}
