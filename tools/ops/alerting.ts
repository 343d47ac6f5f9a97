import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";
import { TEST } from "../../components/lib/alertmanager-config.ts";
import { PORTS } from "../../components/well-known.ts";
import { Failure } from "../lib/failure.ts";
import { waitFor } from "../lib/http.ts";
import { type Forward, forward } from "../lib/port-forward.ts";
import type { Environment } from "../lib/stack/environment.ts";

/** Prometheus scrapes and evaluates every 15 s each; the rest is room for a slow machine. */
const FIRES_WITHIN = 120;
/** Alertmanager tries again until then. */
const TOLD_WITHIN = 60;

/** The way to what tells people of a stack's alerts. */
export interface Alerting {
  /** Addresses that lead there from this machine. */
  pushgateway: string;
  alertmanager: string;
  close: () => void;
}

/** @throws Failure where a stack tells nobody. */
export async function openAlerting(environment: Environment): Promise<Alerting> {
  const { kubectl, kubectlPath, context, namespace, env, stack } = environment;
  const get = ["-n", namespace, "get", "service", "alertmanager", "--ignore-not-found", "-o=name"];
  if ((await kubectl(get)).stdout === "") {
    throw new Failure(
      `${stack} tells nobody of its alerts: write slipway:monitoring.alerts into its stack file (docs/runbooks/alerts.md), then npm run deploy -- --stack ${stack}`,
    );
  }
  const options = { kubectl: kubectlPath, context, namespace, env };
  const opened: Forward[] = [];
  const close = () => {
    for (const one of opened) one.close();
  };
  const open = async (name: "pushgateway" | "alertmanager") => {
    const one = await forward(`service/${name}`, PORTS[name], options);
    opened.push(one);
    return one.url;
  };
  try {
    return {
      pushgateway: await open("pushgateway"),
      alertmanager: await open("alertmanager"),
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

/**
 * Asks for the test alert by a metric, as a real one would come about, and waits for what becomes of it.
 *
 * @param say is told each step.
 * @param seconds how long Alertmanager may take to tell everybody.
 * @returns who was not told, by kind, e.g. `slack`.
 * @throws Failure where Prometheus or Alertmanager does not do its part in time.
 */
export async function sendTest(
  { pushgateway, alertmanager }: Omit<Alerting, "close">,
  say: (line: string) => void,
  seconds = TOLD_WITHIN,
): Promise<string[]> {
  const expected = await receivers(alertmanager);
  const before = await told(alertmanager);
  const group = `${pushgateway}/metrics/job/alert_test`;
  await ask(group, {
    method: "PUT",
    body: `# TYPE slipway_alert_test_timestamp_seconds gauge\nslipway_alert_test_timestamp_seconds ${Date.now() / 1000}\n`,
  });
  try {
    say(`asked for ${TEST}: Prometheus reads it within half a minute`);
    const filter = encodeURIComponent(`alertname="${TEST}"`);
    const alerts = `${alertmanager}/api/v2/alerts?filter=${filter}`;
    await waitFor(alerts, FIRES_WITHIN, new AbortController().signal, (body) =>
      body.includes(TEST),
    );
    say("Alertmanager has it from Prometheus");
    return await delivered(alertmanager, expected, before, say, seconds);
  } finally {
    // Else it would fire for the rest of its five minutes.
    await ask(group, { method: "DELETE" });
  }
}

async function delivered(
  alertmanager: string,
  expected: Map<string, number>,
  before: Map<string, number>,
  say: (line: string) => void,
  seconds: number,
): Promise<string[]> {
  const waiting = new Map(expected);
  for (let second = 0; second < seconds && waiting.size > 0; second++) {
    await sleep(1000);
    const now = await told(alertmanager);
    for (const [kind, count] of waiting) {
      if ((now.get(kind) ?? 0) - (before.get(kind) ?? 0) < count) continue;
      say(`${kind}: delivered${count > 1 ? `, all ${count}` : ""}`);
      waiting.delete(kind);
    }
  }
  return [...waiting.keys()];
}

/** How many of each kind are told of everything, from the configuration that runs. */
async function receivers(alertmanager: string): Promise<Map<string, number>> {
  const status = JSON.parse(await ask(`${alertmanager}/api/v2/status`)) as {
    config: { original: string };
  };
  const config = parse(status.config.original) as { receivers: Record<string, unknown>[] };
  const everybody = config.receivers.find(({ name }) => name === "everybody") ?? {};
  return new Map(
    Object.entries(everybody).flatMap(([key, of]) =>
      Array.isArray(of) ? [[key.replace(/_configs$/, ""), of.length] as const] : [],
    ),
  );
}

/** Notifications so far that were accepted, by kind of receiver. */
async function told(alertmanager: string): Promise<Map<string, number>> {
  const metrics = await ask(`${alertmanager}/metrics`);
  const [sent, failed] = ["notifications_total", "notifications_failed_total"].map((name) =>
    sums(metrics, `alertmanager_${name}`),
  );
  return new Map(
    [...(sent ?? [])].map(([kind, count]) => [kind, count - (failed?.get(kind) ?? 0)]),
  );
}

/** Sums of a metric by its label `integration`; later versions have further labels. */
function sums(metrics: string, name: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const [, kind = "", value = ""] of metrics.matchAll(
    new RegExp(`^${name}\\{[^}]*integration="([^"]+)"[^}]*\\} (\\S+)$`, "gm"),
  ))
    found.set(kind, (found.get(kind) ?? 0) + Number(value));
  return found;
}

/** @throws Failure for any answer but a good one. */
async function ask(url: string, init: RequestInit = {}): Promise<string> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(10_000) });
  const text = await response.text();
  if (response.ok) return text;
  throw new Failure(`${new URL(url).pathname} answered ${response.status}: ${text.slice(0, 300)}`);
}
