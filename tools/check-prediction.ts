import { execa } from "execa";
import { ASLEEP } from "../components/lib/environment-marker.ts";
import { forward } from "./lib/port-forward.ts";

/**
 * Asks the Service for its demo prediction through a port-forward, which works with every kind of
 * endpoint and past the network policies, and prints the answer, or since when the environment sleeps. Exit code 1 and the reason on
 * standard error when it is not a proper one.
 *
 * Environment: NAMESPACE, SERVICE, PORT, AUTH (`true`: a token is needed), SLIPWAY_TOKEN and
 * KUBE_CONTEXT (optional), ENVIRONMENT (what has the mark of sleep; its namespace when absent).
 */
const { NAMESPACE = "", SERVICE = "", PORT = "", AUTH, SLIPWAY_TOKEN, KUBE_CONTEXT } = process.env;
const { ENVIRONMENT = `namespace/${NAMESPACE}` } = process.env;
const TRIES = Number(process.env["TRIES"] ?? 10);

try {
  process.stdout.write(`${JSON.stringify(await check())}\n`);
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error);
  process.stderr.write(
    `${SERVICE} in ${NAMESPACE} does not answer properly: ${reason}\n` +
      `Look at it: kubectl -n ${NAMESPACE} logs deployment/${SERVICE}\n`,
  );
  process.exitCode = 1;
}

async function check(): Promise<unknown> {
  const context = KUBE_CONTEXT;
  const since = await asleepSince();
  if (since !== "") return { asleep: since };
  const forwarded = await forward(`service/${SERVICE}`, Number(PORT), {
    context,
    namespace: NAMESPACE,
  });
  try {
    return await untilProper(`${forwarded.url}/predict/demo`);
  } finally {
    forwarded.close();
  }
}

/** An environment that sleeps answers nothing, and that is no fault of a roll-out; "" when it is awake. */
async function asleepSince(): Promise<string> {
  const context = KUBE_CONTEXT === undefined ? [] : ["--context", KUBE_CONTEXT];
  const path = `jsonpath={.metadata.annotations.${ASLEEP.replaceAll(".", "\\.")}}`;
  const get = [...context, "-n", NAMESPACE, "get", ENVIRONMENT, "-o", path];
  return (await execa("kubectl", get, { reject: false })).stdout;
}

async function untilProper(url: string): Promise<unknown> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await proper(url);
    } catch (error) {
      if (attempt === TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

async function proper(url: string): Promise<unknown> {
  const headers = SLIPWAY_TOKEN === undefined ? {} : { authorization: `Bearer ${SLIPWAY_TOKEN}` };
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(10_000) });
  const text = await response.text();
  if (AUTH === "true" && SLIPWAY_TOKEN === undefined) {
    if (response.status === 401) return { refusedWithoutToken: true };
    throw new Error(`GET /predict/demo without a token answered ${response.status}, not 401`);
  }
  if (response.status !== 200)
    throw new Error(`GET /predict/demo answered ${response.status}: ${text.slice(0, 300)}`);
  const answer = JSON.parse(text) as { model?: { name?: unknown; version?: unknown } };
  if (answer.model?.name === undefined || answer.model.version === undefined) {
    throw new Error(`the answer names no model version: ${text.slice(0, 300)}`);
  }
  return answer;
}
