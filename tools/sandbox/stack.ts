import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import type { StackConfig } from "../../components/config/schema.ts";
import { readStack, readStackKey } from "../lib/stack/read-stack.ts";
import { editStackFile, PROJECT, saltOf, stackFile } from "../lib/stack/stack-file.ts";
import type { ImageBuild } from "./images.ts";
import { DATA, ROOT } from "../lib/paths.ts";
import { say } from "../lib/steps.ts";
import { CONFIG_FILE, STACK } from "../lib/stack/sandbox.ts";
import { HOME_MADE } from "./from-source/home-made.ts";
import { registryAnswers } from "./registry.ts";

/** What `render` writes. */
export const MANIFESTS = join(DATA, "manifests");

const PINS = `${PROJECT}:pins`;

/** Writes {@link CONFIG_FILE}; says what is left out or replaced, and whether images go through a registry. */
export async function writeStack(context: string): Promise<{ registry: boolean }> {
  const overrides = (await registryAnswers()) ? {} : withoutRegistry(readStack(STACK));
  if (Object.keys(overrides).length > 0) {
    say(
      "no container registry answers: Postgres, Prometheus with its Pushgateway and exporter, and restic come from Debian, Grafana is left out",
    );
  }
  await mkdir(DATA, { recursive: true, mode: 0o700 });
  // Images that `npm run rollback` pinned stay pinned, and Pulumi keeps the salt of its encryption in the file.
  const made = existsSync(CONFIG_FILE);
  const kept = made ? { [PINS]: readStackKey("pins", CONFIG_FILE) } : {};
  const salt = made ? saltOf(CONFIG_FILE) : undefined;
  await copyFile(stackFile(STACK), CONFIG_FILE);
  editStackFile(CONFIG_FILE, { ...overrides, ...kept, "kubernetes:context": context }, salt);
  return { registry: readStack(STACK, CONFIG_FILE).registry !== undefined };
}

/** Settings for a machine that can pull nothing. */
export function withoutRegistry({
  images,
  monitoring,
}: Pick<StackConfig, "images" | "monitoring">): Record<string, unknown> {
  const keyOf = (reference: string) =>
    /\/([\w-]+):/
      .exec(reference)?.[1]
      ?.replace(/-(\w)/g, (_, first: string) => first.toUpperCase());
  const ours = HOME_MADE.map(({ reference }) => [keyOf(reference), reference]);
  return {
    [`${PROJECT}:images`]: { ...images, ...(Object.fromEntries(ours) as object) },
    [`${PROJECT}:monitoring`]: { ...monitoring, grafana: false },
  };
}

/** Renders the stack into {@link MANIFESTS} and returns the images that it needs and that are built here. */
export async function renderStack(): Promise<ImageBuild[]> {
  const args = ["--stack", STACK, "--config-file", CONFIG_FILE, "--out", MANIFESTS];
  await execa({ cwd: ROOT })`npm run --silent render -- ${args}`;
  const ours = JSON.parse(await readFile(join(MANIFESTS, "images.json"), "utf8")) as ImageBuild[];
  const product = ours.map((image) => ({ ...image, context: join(ROOT, image.context) }));
  const used = await readFile(CONFIG_FILE, "utf8");
  return [...product, ...HOME_MADE.filter(({ reference }) => used.includes(reference))];
}
