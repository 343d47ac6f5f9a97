import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "../lib/failure.ts";
import type { Pod } from "../lib/kubernetes.ts";
import type { Environment } from "../lib/stack/environment.ts";
import { ownOnly } from "../lib/stack/environment.ts";
import { PORTS } from "../../components/well-known.ts";
import { forwardTo } from "./mlflow.ts";

/** A replica of a prediction API, and how to ask which model version it serves. */
export interface Replica {
  /** Of the pod, e.g. `iris-model-api-5d9f…`. */
  name: string;
  served: () => Promise<string | undefined>;
  close: () => void;
}

/** A port-forward to each running replica of `<model>-api`. */
export async function replicasOf(environment: Environment, model: string): Promise<Replica[]> {
  const { kubectl, namespace } = environment;
  const pods = ownOnly(environment, `app.kubernetes.io/name=${model}-api`);
  const { stdout } = await kubectl(["-n", namespace, "get", "pods", ...pods, "-o", "json"]);
  const { items } = JSON.parse(stdout) as { items: Pod[] };
  const running = items.filter(
    ({ metadata, status }) =>
      metadata.deletionTimestamp === undefined && status?.phase === "Running",
  );
  return Promise.all(
    running.map(async ({ metadata: { name } }) => {
      const forward = await forwardTo(environment, `pod/${name}`, PORTS.api);
      return { name, served: () => servedBy(forward.url), close: forward.close };
    }),
  );
}

/** The model version that an API serves; undefined when it does not answer. */
export async function servedBy(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(2000) });
    const health = (await response.json()) as { model?: { version?: string } | null };
    return health.model?.version;
  } catch {
    return undefined;
  }
}

/**
 * Waits until every replica serves `version`.
 *
 * @param logs where their logs are, for the message.
 * @returns how many seconds that took.
 * @throws Failure that names the replicas which do not.
 */
export async function untilAllServe(
  replicas: readonly Replica[],
  version: string,
  seconds: number,
  logs: string,
): Promise<number> {
  const start = performance.now();
  for (;;) {
    const found = await Promise.all(
      replicas.map(async ({ name, served }) => ({ name, version: await served() })),
    );
    const passed = (performance.now() - start) / 1000;
    const late = found.filter((one) => one.version !== version);
    if (late.length === 0) return passed;
    if (passed > seconds) {
      const list = late.map((one) => `${one.name} (serves ${one.version ?? "nothing"})`).join(", ");
      throw new Failure(
        `the alias is moved, but after ${seconds} s these replicas do not serve version ${version}: ${list}; ` +
          `they keep trying; their log says why: ${logs}`,
      );
    }
    await sleep(200);
  }
}
