import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { freemem } from "node:os";
import { basename, join } from "node:path";
import { execa } from "execa";
import { binaryNames, type GoSource, packagePaths, ownReplaces } from "./go-source.ts";
import { CACHE } from "./paths.ts";
import { say, step } from "./steps.ts";
import { Failure } from "./failure.ts";

/** Linking kube-apiserver peaks near 3 GiB; two builds at once need room for both. */
const MEMORY_PER_BUILD = 6 * 2 ** 30;
const DAY = 24 * 3600 * 1000;

/** Folder that holds a source's binaries once they are built. */
export function binaryFolder(source: GoSource): string {
  return join(CACHE, "bin", `${source.name}-${source.version}`);
}

/** Path of one built binary. */
export function binary(source: GoSource, name = source.name): string {
  return join(binaryFolder(source), name);
}

/** Builds what the cache lacks, two at a time where memory allows. */
export async function buildAll(sources: readonly GoSource[]): Promise<void> {
  const missing = sources.filter((source) => !existsSync(binaryFolder(source)));
  if (missing.length === 0) return;
  say(`to build once into ${CACHE}: ${missing.map((s) => `${s.name} ${s.version}`).join(", ")}`);
  const worker = async (): Promise<void> => {
    for (let next = missing.shift(); next !== undefined; next = missing.shift()) {
      await buildSource(next);
    }
  };
  const workers = Math.min(2, Math.max(1, Math.floor(freemem() / MEMORY_PER_BUILD)));
  await Promise.all(Array.from({ length: workers }, worker));
}

/** Builds one source in a module of its own; the cache gets whole results only, so a killed build leaves no half. */
async function buildSource(source: GoSource): Promise<void> {
  const target = binaryFolder(source);
  await mkdir(join(CACHE, "bin"), { recursive: true });
  await sweep(join(CACHE, "bin"));
  const work = await mkdtemp(join(CACHE, "bin", `.${source.name}-`));
  try {
    await step(`build ${source.name} ${source.version}`, async () => {
      await writeModule(source, work);
      await compile(source, work);
    });
    await rename(join(work, "bin"), target);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Removes what killed builds left behind; none takes a day. */
export async function sweep(folder: string): Promise<void> {
  for (const name of (await readdir(folder)).filter((entry) => entry.startsWith("."))) {
    const path = join(folder, name);
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > DAY) await rm(path, { recursive: true, force: true });
  }
}

async function writeModule(source: GoSource, work: string): Promise<void> {
  const go = execa({ cwd: work });
  const wanted = `${source.module}@${source.version}`;
  await go`go mod init slipway.local/${source.name}`;
  const { stdout } = await go`go mod download -json ${wanted}`;
  const { GoMod } = JSON.parse(stdout) as { GoMod: string };
  const replaces = ownReplaces(await readFile(GoMod, "utf8"), source.version);
  if (replaces.length > 0) {
    await go`go mod edit ${replaces.map((replace) => `-replace=${replace}`)}`;
  }
  await go`go get -tool ${packagePaths(source).map((path) => `${path}@${source.version}`)}`;
}

async function compile(source: GoSource, work: string): Promise<void> {
  const variables = Object.entries(source.variables ?? {}).map(
    ([key, value]) => `-X ${key}=${value}`,
  );
  const build = execa(
    "nice",
    ["-n", "10", "go", "build", "-v", "-trimpath"].concat(
      ["-ldflags", ["-s", "-w", ...variables].join(" "), "-o", `${work}/bin/`],
      packagePaths(source),
    ),
    { cwd: work, env: { CGO_ENABLED: "0" }, buffer: { stdout: false, stderr: true } },
  );
  let compiled = 0;
  const timer = setInterval(() => {
    say(`  ${source.name}: ${compiled} packages compiled`);
  }, 20_000);
  try {
    for await (const line of build.iterable({ from: "stderr" })) if (line) compiled += 1;
    await build;
  } finally {
    clearInterval(timer);
  }
  const absent = binaryNames(source).filter((name) => !existsSync(join(work, "bin", name)));
  if (absent.length > 0) {
    throw new Failure(
      `building ${source.name} ${source.version} gave no ${absent.join(", ")}: compare the names with the packages in its GoSource`,
    );
  }
}

/** Builds the Go program in a folder of this repository; Go's own cache makes a repeat quick. */
export async function buildLocal(folder: string): Promise<string> {
  const output = join(CACHE, "bin", "local", basename(folder));
  const flags = ["-trimpath", "-ldflags=-s -w", "-o", output];
  await execa({ cwd: folder, env: { CGO_ENABLED: "0" } })`go build ${flags} .`;
  return output;
}
