import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, statfsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Failure } from "./failure.ts";
import type { Progress } from "./progress.ts";
import { run } from "./run.ts";

/** The uv that we install where none is; any from this minor on will do when it is already there. */
const UV_VERSION = "0.13.9";
const PYTHONS = ["python3", "python3.13", "python3.12", "python3.11", "python"];
/** Python versions that every locked package has wheels for. */
const SUPPORTED = { from: 11, to: 13 };
/** What the environment takes on disk, with room to unpack. */
const NEEDED_BYTES = 2 * 1024 ** 3;

/** The project's Python: `training/.venv`, with exactly what the lock names. */
export interface Python {
  /** Path of the interpreter. */
  interpreter: string;
  /** What a child needs to import the training package. */
  env: Record<string, string>;
}

/**
 * Brings `training/.venv` in line with the hashed lock, installing uv into `.slipway/uv` when the machine has none.
 * Does nothing when the lock has not changed since.
 * @param root the checkout. @throws Failure without a usable Python, disk space, or a reachable package index.
 */
export async function preparePython(root: string, progress: Progress): Promise<Python> {
  const lock = lockOf(root);
  const venv = path.join(root, "training", ".venv");
  const interpreter = path.join(venv, "bin", "python");
  const stamp = path.join(venv, "slipway-lock.sha256");
  const wanted = createHash("sha256").update(readFileSync(lock)).digest("hex");
  const env = {
    PYTHONPATH: path.join(root, "training", "src"),
    // Containers often set it, and each start would compile all libraries again, which takes longer than the rest of it.
    PYTHONDONTWRITEBYTECODE: "",
  };
  const python = { interpreter, env };
  const found = existsSync(stamp) ? readFileSync(stamp, "utf8") : "";
  if (found === wanted && (await run([interpreter, "-c", ""])).code === 0) return python;

  requireDisk(root);
  const uv = await findUv(root, progress);
  progress.say("python: installing the locked packages into training/.venv");
  await must(
    [
      uv,
      "venv",
      "--allow-existing",
      "--python",
      `>=3.${SUPPORTED.from},<3.${SUPPORTED.to + 1}`,
      venv,
    ],
    `Python 3.${SUPPORTED.from} to 3.${SUPPORTED.to} is needed; install one (Debian: apt install python3) and start again`,
  );
  await must(
    [uv, "pip", "sync", "--python", interpreter, "--require-hashes", lock],
    "the Python packages can't be installed; check the network or proxy, or name a mirror in UV_DEFAULT_INDEX",
  );
  writeFileSync(stamp, wanted);
  return python;
}

/** The version of a package that the training's lock names. @throws Failure when it names none. */
export function lockedVersion(root: string, name: string): string {
  const lock = lockOf(root);
  const pins = readFileSync(lock, "utf8").split("\n");
  const version = pins.find((line) => line.startsWith(`${name}==`))?.split(/==| /)[1];
  if (version !== undefined) return version;
  throw new Failure(
    `${lock} names no version of ${name}; write the lock anew, its header says how`,
  );
}

function lockOf(root: string): string {
  return path.join(root, "training", "requirements-dev.lock");
}

/** The path of a uv that is new enough; installs one into the checkout where there is none. */
export async function findUv(root: string, progress: Progress): Promise<string> {
  const installed = path.join(root, ".slipway", "uv", "bin", "uv");
  for (const uv of ["uv", installed]) {
    const { code, stdout } = await run([uv, "--version"]);
    const [, major = 0, minor = 0] = (/^uv (\d+)\.(\d+)/.exec(stdout) ?? []).map(Number);
    if (code === 0 && (major > 0 || minor >= 8)) return uv;
  }
  const python = await findPython();
  progress.say(`python: installing uv ${UV_VERSION} into .slipway/uv`);
  const folder = path.join(root, ".slipway", "uv");
  mkdirSync(folder, { recursive: true });
  await must(
    [python, "-m", "venv", "--clear", folder],
    `${python} has no venv module; install it (Debian: apt install python3-venv) and start again`,
  );
  await must(
    [path.join(folder, "bin", "python"), "-m", "pip", "install", "--quiet", `uv==${UV_VERSION}`],
    "uv can't be installed; check the network or proxy, or name a mirror in PIP_INDEX_URL",
  );
  return installed;
}

async function findPython(): Promise<string> {
  const seen: string[] = [];
  for (const python of PYTHONS) {
    const { code, stdout } = await run([python, "-c", "import sys; print(*sys.version_info[:2])"]);
    if (code !== 0) continue;
    const [major = 0, minor = 0] = stdout.split(" ").map(Number);
    if (major === 3 && minor >= SUPPORTED.from && minor <= SUPPORTED.to) return python;
    seen.push(`${python} is ${major}.${minor}`);
  }
  throw new Failure(
    `Python 3.${SUPPORTED.from} to 3.${SUPPORTED.to} is needed and was not found ` +
      `(${seen.join(", ") || "no Python at all"}); install one (Debian: apt install python3 python3-venv), ` +
      `or install uv, which brings its own`,
  );
}

function requireDisk(root: string): void {
  const { bavail, bsize } = statfsSync(root);
  if (bavail * bsize >= NEEDED_BYTES) return;
  const free = Math.round((bavail * bsize) / 1024 ** 2);
  throw new Failure(
    `${free} MiB are free below ${root}, ${NEEDED_BYTES / 1024 ** 2} MiB are needed; make room and start again`,
  );
}

async function must(argv: [string, ...string[]], remedy: string): Promise<void> {
  const { code, stderr, stdout } = await run(argv, { VIRTUAL_ENV: "", UV_NO_CONFIG: "1" });
  if (code === 0) return;
  const said = (stderr.trim() || stdout.trim()).split("\n").slice(-8).join("\n");
  throw new Failure(`${remedy}\n${argv[0]} said:\n${said}`, 4);
}
