import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { parse, stringify } from "yaml";
import type { ImageBuild } from "./images.ts";
import { DATA, ROOT } from "./paths.ts";
import { say } from "./progress.ts";
import { registryAnswers } from "./registry.ts";

/** Name of the stack that the sandbox deploys. */
export const STACK = "sandbox";
/** Its namespace. */
export const NAMESPACE = `slipway-${STACK}`;
/** The stack's configuration with what this machine makes necessary; render and Pulumi read the same file. */
export const CONFIG_FILE = join(DATA, `Pulumi.${STACK}.yaml`);
/** What `render` writes. */
export const MANIFESTS = join(DATA, "manifests");

/** Images of others that are made from Debian's packages where no registry answers; they keep the same contract. */
const HOME_MADE: ImageBuild[] = ["postgres:15-bookworm", "prometheus:2.42-bookworm"].map(
  (name) => ({
    reference: `slipway.local/${name}`,
    context: join(import.meta.dirname, "images", name.replace(/:.*/, "")),
  }),
);

type Settings = Record<string, unknown>;

/** Writes {@link CONFIG_FILE}; says what is left out or replaced, and whether images go through a registry. */
export async function writeStack(context: string): Promise<{ registry: boolean }> {
  const { config = {} } = parse(await readFile(join(ROOT, `Pulumi.${STACK}.yaml`), "utf8")) as {
    config?: Settings;
  };
  const overrides = (await registryAnswers()) ? {} : withoutRegistry(config);
  if (Object.keys(overrides).length > 0) {
    say(
      "no container registry answers: Postgres and Prometheus come from Debian, Grafana is left out",
    );
  }
  await mkdir(DATA, { recursive: true, mode: 0o700 });
  const before = (parse(await readFile(CONFIG_FILE, "utf8").catch(() => "{}")) ?? {}) as Settings;
  // Beside the configuration Pulumi keeps the salt of its encryption there.
  const effective = {
    ...before,
    config: { ...config, ...overrides, ...pinsOf(before), "kubernetes:context": context },
  };
  await writeFile(CONFIG_FILE, stringify(effective));
  return { registry: config["slipway:registry"] !== undefined };
}

/** Images that `npm run rollback` pinned stay pinned. */
function pinsOf({ config }: Settings): Settings {
  const pins = (config as Settings | undefined)?.["slipway:pins"];
  return pins === undefined ? {} : { "slipway:pins": pins };
}

/** Configuration for a machine that can pull nothing. */
export function withoutRegistry(config: Settings): Settings {
  const images = HOME_MADE.map(({ reference }) => [/\/(\w+):/.exec(reference)?.[1], reference]);
  return {
    "slipway:images": {
      ...(config["slipway:images"] as object),
      ...(Object.fromEntries(images) as object),
    },
    "slipway:monitoring": { ...(config["slipway:monitoring"] as object), grafana: false },
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
