import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { NAMESPACE } from "../../../tools/lib/stack/sandbox.ts";
import { kubectlFor } from "../../../tools/lib/kubectl.ts";
import { NODE_PORTS } from "../../../components/well-known.ts";
import { existingCluster } from "../../../tools/sandbox/choose-cluster.ts";
import { DATA, ROOT } from "../../../tools/lib/paths.ts";

/** The patient whose answer is known. */
export const PATIENT = {
  Pregnancies: 6,
  Glucose: 148,
  BloodPressure: 72,
  SkinThickness: 35,
  Insulin: 0,
  BMI: 33.6,
  DiabetesPedigreeFunction: 0.627,
  Age: 50,
};

/** Runs a command of `npm run sandbox`, shown as it goes. */
export async function sandbox(...args: string[]): Promise<void> {
  await execa("node", ["--import", "tsx", "tools/sandbox.ts", ...args], {
    cwd: ROOT,
    stdio: ["ignore", "inherit", "inherit"],
  });
}

/** What made the sandbox's objects: `pulumi` or `kubectl`. */
export const engine = (): Promise<string> => readFile(join(DATA, "engine"), "utf8");

/** Skips what needs a state of Pulumi's, and says why. */
export async function needPulumi(test: Mocha.Context): Promise<void> {
  if ((await engine()) === "pulumi") return;
  process.stdout.write("      skipped: the sandbox was made without the Pulumi CLI\n");
  test.skip();
}

/** Runs kubectl in the sandbox's namespace and gives what it printed; a last `{ input }` is its standard input. */
export async function kubectl(...args: (string | { input: string })[]): Promise<string> {
  const cluster = await existingCluster();
  assert(cluster, "no sandbox: `npm run sandbox` makes one");
  const words = args.filter((arg) => typeof arg === "string");
  const options = args.find((arg) => typeof arg === "object");
  return (await kubectlFor(cluster)(["--namespace", NAMESPACE, ...words], options)).stdout;
}

/** Objects of a kind, as the API server has them. */
export async function objects<T>(...args: string[]): Promise<T[]> {
  return (JSON.parse(await kubectl("get", ...args, "-o", "json")) as { items: T[] }).items;
}

let address: Promise<string> | undefined;

/** Address of a node port; it reaches every replica, as a Service does. */
export async function nodeUrl(port: number): Promise<string> {
  const path = '{.items[0].status.addresses[?(@.type=="InternalIP")].address}';
  address ??= kubectl("get", "nodes", "-o", `jsonpath=${path}`);
  return `http://${await address}:${port}`;
}

/** One prediction; fails on anything but a 200. */
export async function predict(
  body: unknown = PATIENT,
  port: number = NODE_PORTS.firstModel,
): Promise<unknown> {
  const response = await fetch(`${await nodeUrl(port)}/predict`, {
    method: "POST",
    headers: { "content-type": "application/json", connection: "close" },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return JSON.parse(text);
}

/** Waits for a condition, looking twice a second. */
export async function until(
  what: string,
  holds: () => Promise<boolean>,
  seconds = 120,
): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await holds().catch(() => false))) {
    assert(Date.now() < deadline, `${what}: not within ${seconds} s`);
    await sleep(500);
  }
}

/**
 * Waits until so many replicas of a Deployment are ready, and gives their count. A new Deployment starts with one;
 * its autoscaler adds the others within fifteen seconds.
 */
export async function readyReplicas(deployment: string, atLeast: number): Promise<number> {
  let ready = 0;
  await until(`${atLeast} replicas of ${deployment}`, async () => {
    const path = "jsonpath={.status.readyReplicas}";
    ready = Number(await kubectl("get", `deployment/${deployment}`, "-o", path));
    return ready >= atLeast;
  });
  return ready;
}

interface Pod {
  metadata: { deletionTimestamp?: string };
  status: { podIP?: string; conditions?: { type: string; status: string }[] };
}

/** The IP addresses of a Deployment's ready pods. */
export async function readyAddresses(deployment: string): Promise<string[]> {
  const pods = await objects<Pod>("pods", "-l", `app.kubernetes.io/name=${deployment}`);
  const ready = pods.filter(
    ({ metadata, status }) =>
      !metadata.deletionTimestamp &&
      status.conditions?.some(({ type, status }) => type === "Ready" && status === "True"),
  );
  return ready.flatMap(({ status }) => status.podIP ?? []);
}

/** Waits until a Deployment or StatefulSet has rolled out. */
export async function rolledOut(workload: string): Promise<void> {
  await kubectl("rollout", "status", workload, "--timeout=180s");
}

/** Makes the sandbox once before all tests, when there is none. */
export const mochaHooks = {
  async beforeAll(this: Mocha.Context): Promise<void> {
    this.timeout(30 * 60_000);
    await sandbox("up");
  },
};
