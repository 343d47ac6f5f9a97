import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";

/** What is expensive to make and may be kept for good; `SLIPWAY_CACHE` moves it. */
const CACHE = resolve(process.env["SLIPWAY_CACHE"] ?? join(homedir(), ".cache/slipway"));

/** Runs a program and gives its standard output; the error says what it wrote to standard error. */
export function run(program: string, args: string[], env: NodeJS.ProcessEnv = {}): string {
  return execFileSync(program, args, {
    env: { ...process.env, ...env },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 2 ** 28,
  });
}

/** Whether a program answers. */
export function runs(program: string, ...args: string[]): boolean {
  try {
    run(program, args);
    return true;
  } catch {
    return false;
  }
}

/** Path of a published Go program, e.g. `example.com/cmd/tool` at `v1.2.3`, built where it is not there yet. */
export function publishedGoProgram(path: string, version: string): string {
  const { name, key } = goProgram(path, version);
  const folder = cached(key, (target) => {
    run("go", ["install", "-trimpath", "-ldflags=-s -w", `${path}@${version}`], {
      GOBIN: target,
      CGO_ENABLED: "0",
    });
  });
  return join(folder, name);
}

/** The same where an earlier run has built it, else undefined. */
export function builtGoProgram(path: string, version: string): string | undefined {
  const { name, key } = goProgram(path, version);
  const file = join(CACHE, "validate", key, name);
  return existsSync(file) ? file : undefined;
}

function goProgram(path: string, version: string): { name: string; key: string } {
  const name = basename(path.replace(/\/v\d+$/, ""));
  return { name, key: `${name}-${version}` };
}

/** Path of the Go program whose module is `folder`, built anew when a source or a dependency changed. */
export function ownGoProgram(folder: string): string {
  const name = basename(folder);
  const sources = readdirSync(folder)
    .sort()
    .map((file) => readFileSync(join(folder, file)));
  const built = cached(`${name}-${digest(...sources)}`, (target) => {
    const flags = ["-trimpath", "-ldflags=-s -w", "-o", join(target, name)];
    run("go", ["build", "-C", folder, ...flags, "."], { CGO_ENABLED: "0" });
  });
  return join(built, name);
}

/** Folder for PYTHONPATH that holds the packages of a lock file with hashes. */
export function pythonPackages(lock: string): string {
  const python = run("python3", ["-c", "import sys; print(sys.implementation.cache_tag)"]).trim();
  return cached(`${basename(lock, ".lock")}-${python}-${digest(readFileSync(lock))}`, (target) => {
    const options = ["--quiet", "--no-deps", "--require-hashes", "--target", target];
    run("python3", ["-m", "pip", "install", ...options, "-r", lock]);
  });
}

/** Folder of an npm package, by exact version. */
export function npmPackage(name: string, version: string): string {
  const folder = cached(`${basename(name)}-${version}`, (target) => {
    run("npm", ["install", "--silent", "--no-save", "--prefix", target, `${name}@${version}`]);
  });
  return join(folder, "node_modules", name);
}

/** A folder of the cache, made when it is absent; a killed run leaves no half of it under its name. */
function cached(name: string, make: (target: string) => void): string {
  const folder = join(CACHE, "validate", name);
  if (existsSync(folder)) return folder;
  mkdirSync(dirname(folder), { recursive: true });
  const work = mkdtempSync(`${folder}.part-`);
  try {
    make(work);
    renameSync(work, folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return folder;
}

function digest(...contents: Buffer[]): string {
  const hash = createHash("sha256");
  for (const content of contents) hash.update(content).update("\0");
  return hash.digest("hex").slice(0, 12);
}
