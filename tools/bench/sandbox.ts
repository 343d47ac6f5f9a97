import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { NAMESPACE } from "../lib/stack/sandbox.ts";
import type { Pod } from "../lib/kubernetes.ts";
import { kubectlFor } from "../lib/kubectl.ts";
import { sandboxCluster } from "../lib/stack/sandbox.ts";
import { parseQuantity } from "../../components/lib/quantity.ts";
import type { Progress } from "../lib/progress.ts";
import { median, type SandboxMetrics } from "./results.ts";

const ROUNDS = 2;
/** How long after its start the platform is called idle, in seconds. */
const SETTLE = 90;

/**
 * A sandbox's life in seconds, and what the platform takes while nobody asks it anything. With `cold` a
 * first run from nothing but package registries is measured too, with caches of its own; that takes long.
 */
export async function benchSandbox(
  root: string,
  cold: boolean,
  progress: Progress,
): Promise<SandboxMetrics> {
  const sandbox = async (command: string, env: Record<string, string> = {}): Promise<number> => {
    const start = Date.now();
    // Shown as it goes: a first run takes many minutes.
    const stdio = ["ignore", "inherit", "inherit"] as const;
    await execa({ cwd: root, env, stdio })`node --import tsx tools/sandbox.ts ${command}`;
    return (Date.now() - start) / 1000;
  };
  await sandbox("destroy");
  const first = cold ? await firstRun(sandbox, progress) : undefined;
  progress.say("sandbox: warm …");
  await sandbox("up");
  const rounds: { recreate: number; destroy: number }[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const destroy = await sandbox("destroy");
    rounds.push({ destroy, recreate: await sandbox("recreate") });
    progress.say(`sandbox: ${JSON.stringify(rounds.at(-1))}`);
  }
  await sleep(SETTLE * 1000);
  const idle = await idleMetrics();
  await sandbox("destroy");
  return {
    rounds: ROUNDS,
    ...(first === undefined ? {} : { firstSeconds: first }),
    recreateSeconds: median(rounds.map(({ recreate }) => recreate)),
    destroySeconds: median(rounds.map(({ destroy }) => destroy)),
    ...idle,
  };
}

type Command = (command: string, env?: Record<string, string>) => Promise<number>;

async function firstRun(sandbox: Command, progress: Progress): Promise<number> {
  const folder = await mkdtemp(join(process.env["SLIPWAY_BENCH_TMP"] ?? tmpdir(), "slipway-cold-"));
  const env = {
    SLIPWAY_CACHE: join(folder, "cache"),
    GOCACHE: join(folder, "go-build"),
    GOMODCACHE: join(folder, "go-mod"),
    UV_CACHE_DIR: join(folder, "uv"),
    npm_config_cache: join(folder, "npm"),
  };
  progress.say(`sandbox: first run, with empty caches in ${folder} …`);
  try {
    const seconds = await sandbox("up", env);
    progress.say(`sandbox: first run took ${Math.round(seconds)} s`);
    return seconds;
  } finally {
    await sandbox("destroy", env);
    // Go makes its module cache read-only.
    await execa({ env })`go clean -modcache`;
    await rm(folder, { recursive: true, force: true });
  }
}

/** Working set and requests of the platform's running pods, summed. */
async function idleMetrics(): Promise<
  Pick<SandboxMetrics, "idleMib" | "idleMillicores" | "requests">
> {
  const cluster = await sandboxCluster();
  if (cluster === undefined) throw new Error("the sandbox that was just made is gone");
  const kubectl = kubectlFor(cluster);
  const top = await kubectl(["-n", NAMESPACE, "top", "pods", "--no-headers"]);
  const used = top.stdout.split("\n").map((line) => line.split(/\s+/));
  const running = ["--field-selector=status.phase=Running", "-o", "json"];
  const pods = JSON.parse((await kubectl(["-n", NAMESPACE, "get", "pods", ...running])).stdout) as {
    items: Pod[];
  };
  const requests = pods.items.flatMap(({ spec }) =>
    spec.containers.map((c) => c.resources?.requests),
  );
  const sum = (values: (string | undefined)[]): number =>
    values.reduce((total, value) => total + parseQuantity(value ?? "0"), 0);
  const MIB = 2 ** 20;
  return {
    idleMib: sum(used.map(([, , memory]) => memory)) / MIB,
    idleMillicores: sum(used.map(([, cpu]) => cpu)) * 1000,
    requests: {
      cpu: sum(requests.map((request) => request?.["cpu"])),
      mib: sum(requests.map((request) => request?.["memory"])) / MIB,
    },
  };
}
