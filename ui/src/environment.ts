import type { EnvironmentStatus, FiringAlert, ModelNumbers } from "./environment-status.ts";
import { ask } from "./prediction-api.ts";
import type { ModelApi } from "./settings.ts";

/** As in components/lib/burn-rate.ts, which a test compares: predictions, by every protocol. */
export const PREDICTIONS = 'route=~"/predict|/invocations|/v2/models/.*/infer",method="POST"';

const HTTP = "slipway_http_request_duration_seconds";
const within = (share: number) =>
  `histogram_quantile(${share}, sum by (job, le) (rate(${HTTP}_bucket{${PREDICTIONS}}[5m])))`;

const MODELS = {
  rate: `sum by (job) (rate(${HTTP}_count{${PREDICTIONS}}[5m]))`,
  p50: within(0.5),
  p99: within(0.99),
  replicas: "count by (job, version) (slipway_model_info == 1)",
  drift: "topk by (job) (3, max by (job, feature) (slipway_feature_drift_psi))",
};
const TIMES = {
  made: "max(slipway_backup_last_success_timestamp_seconds)",
  proven: "max(slipway_restore_drill_last_success_timestamp_seconds)",
  sleeps: 'max(slipway_environment_next_turn_timestamp_seconds{to="asleep"})',
  wakes: 'max(slipway_environment_next_turn_timestamp_seconds{to="awake"})',
};
/** Every query that is ever asked. */
export const QUERIES = { ...MODELS, ...TIMES };

/** Milliseconds for which an answer stands, so that many viewers cost no more than one. */
const STANDS = 5000;
const TIMEOUT = 5000;

/** Asks an environment's Prometheus, with queries that no caller has a say in. */
export class EnvironmentWatch {
  readonly #prometheus: ModelApi;
  readonly #jobs: ReadonlyMap<string, string>;
  #last: { at: number; status: Promise<EnvironmentStatus> } | undefined;

  /** @param url base URL of Prometheus, which calls each API by its host's first name */
  constructor(url: string, models: readonly ModelApi[]) {
    this.#prometheus = { name: "Prometheus", url };
    this.#jobs = new Map(models.map((model) => [jobOf(model), model.name]));
  }

  /** @throws GatewayError where Prometheus does not answer. */
  status(now = performance.now()): Promise<EnvironmentStatus> {
    if (this.#last === undefined || now - this.#last.at >= STANDS) {
      this.#last = { at: now, status: this.#ask() };
    }
    return this.#last.status;
  }

  async #ask(): Promise<EnvironmentStatus> {
    const names = Object.keys(QUERIES) as (keyof typeof QUERIES)[];
    const [rules, ...answers] = await Promise.all([
      this.#get<{ groups: Group[] }>("/api/v1/rules?type=alert"),
      ...names.map((name) => this.#query(QUERIES[name])),
    ]);
    const found = Object.fromEntries(names.map((name, at) => [name, answers[at]])) as Found;
    const alerting = rules.groups.flatMap((group) => group.rules);
    const time = (name: keyof typeof TIMES) => written(found[name][0]?.value[1]);
    const sleep = { sleeps: time("sleeps"), wakes: time("wakes") };
    return {
      alerts: alerting.flatMap(firing).sort(byWeight),
      models: this.#models(found),
      // The rules say so also where no backup has ever been made.
      backups: alerting.some(({ name }) => name === "BackupTooOld")
        ? { made: time("made"), proven: time("proven") }
        : null,
      sleep: sleep.sleeps === null && sleep.wakes === null ? null : sleep,
    };
  }

  #models(found: Found): Record<string, ModelNumbers> {
    const models: Record<string, ModelNumbers> = {};
    for (const [job, name] of this.#jobs) {
      const of = (query: keyof typeof MODELS) =>
        found[query].filter(({ metric }) => metric["job"] === job);
      const [[rate], replicas] = [of("rate"), of("replicas")];
      if (rate === undefined && replicas.length === 0) continue;
      models[name] = {
        rate: number(rate) ?? 0,
        p50: number(of("p50")[0]),
        p99: number(of("p99")[0]),
        replicas: Object.fromEntries(
          replicas.map((one) => [one.metric["version"] ?? "", number(one) ?? 0]),
        ),
        drift: of("drift")
          .map((one) => ({ feature: one.metric["feature"] ?? "", psi: number(one) ?? 0 }))
          .sort((a, b) => b.psi - a.psi),
      };
    }
    return models;
  }

  async #query(query: string): Promise<Sample[]> {
    const path = `/api/v1/query?query=${encodeURIComponent(query)}`;
    return (await this.#get<{ result: Sample[] }>(path)).result;
  }

  async #get<Data>(path: string): Promise<Data> {
    const { body } = await ask(this.#prometheus, path, {}, TIMEOUT);
    const { status, error, data } = JSON.parse(body) as {
      status: string;
      error?: string;
      data: Data;
    };
    if (status !== "success") throw new Error(`Prometheus refused ${path}: ${error}`);
    return data;
  }
}

/** A series of an instant query, https://prometheus.io/docs/prometheus/latest/querying/api/ */
interface Sample {
  metric: Readonly<Record<string, string>>;
  value: [number, string];
}

type Found = Record<keyof typeof QUERIES, Sample[]>;

interface Group {
  rules: Rule[];
}

interface Rule {
  name: string;
  alerts?: {
    state: string;
    activeAt: string;
    labels: Record<string, string>;
    annotations: Record<string, string>;
  }[];
}

function jobOf({ url }: ModelApi): string {
  return new URL(url).hostname.split(".")[0] ?? "";
}

function firing({ name, alerts = [] }: Rule): FiringAlert[] {
  return alerts
    .filter(({ state }) => state === "firing")
    .map(({ labels, annotations, activeAt }) => ({
      name,
      severity: labels["severity"] ?? "warning",
      summary: annotations["summary"] ?? name,
      since: activeAt,
    }));
}

function byWeight(a: FiringAlert, b: FiringAlert): number {
  const critical = Number(b.severity === "critical") - Number(a.severity === "critical");
  return critical || b.since.localeCompare(a.since);
}

/** A quantile of nothing is NaN. */
function number(sample: Sample | undefined): number | null {
  const value = Number(sample?.value[1]);
  return Number.isFinite(value) ? value : null;
}

function written(seconds: string | undefined): string | null {
  return seconds === undefined ? null : new Date(1000 * Number(seconds)).toISOString();
}
