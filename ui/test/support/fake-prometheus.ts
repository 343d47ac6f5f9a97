import { QUERIES } from "../../src/environment.ts";
import type { FakeApi } from "./fake-api.ts";

/** The series that each query answers with; the others answer with none. */
export type Series = Partial<Record<keyof typeof QUERIES, [Record<string, string>, string][]>>;

/** An alert of a rule, as `/api/v1/rules` has it. */
export interface Alert {
  name: string;
  severity: string;
  summary: string;
  state?: string;
  activeAt?: string;
}

/** Lets a fake answer as Prometheus does; the rules are those of the alerts, and any others that are named. */
export function answerAsPrometheus(
  { replies }: FakeApi,
  series: Series,
  alerts: readonly Alert[] = [],
  others: readonly string[] = [],
): void {
  for (const [name, query] of Object.entries(QUERIES)) {
    const found = series[name as keyof Series] ?? [];
    const result = found.map(([metric, value]) => ({ metric, value: [1, value] }));
    replies[`/api/v1/query?query=${encodeURIComponent(query)}`] = succeeded({ result });
  }
  const rules = [
    ...others.map((name) => ({ name, alerts: [] })),
    ...alerts.map(({ name, severity, summary, state = "firing", activeAt = SINCE }) => ({
      name,
      alerts: [{ state, activeAt, labels: { severity }, annotations: { summary } }],
    })),
  ];
  replies["/api/v1/rules?type=alert"] = succeeded({ groups: [{ rules }] });
}

const SINCE = "2026-11-28T00:00:00Z";

const succeeded = (data: object) => ({ body: { status: "success", data } });
