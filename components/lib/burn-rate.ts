import type { Rule } from "./alert-rules.ts";

/** Share of predictions that are to be answered without an error of ours, over 30 days. */
export const OBJECTIVE = 0.999;

/** Requests for a prediction, by every protocol. Probes, scrapes and the page's questions would dilute what callers see. */
export const PREDICTIONS = 'route=~"/predict|/invocations|/v2/models/.*/infer",method="POST"';

/** Errors below which a quiet API's share says nothing. */
const FEWEST = 10;

/**
 * How fast the errors that the objective allows are used up, over a long window and a short one, so that an alert ends soon
 * after its cause (Google's Site Reliability Workbook, chapter 5, table 5-8).
 */
const WINDOWS = {
  critical: [
    { factor: 14.4, long: "1h", short: "5m" },
    { factor: 6, long: "6h", short: "30m" },
  ],
  warning: [
    { factor: 3, long: "1d", short: "2h" },
    { factor: 1, long: "3d", short: "6h" },
  ],
} as const;

/** The alerts on errors, of all APIs. */
export function burnRateRules(): Rule[] {
  return [
    {
      alert: "ErrorBudgetBurnsFast",
      expr: WINDOWS.critical.map(burns).join(" or "),
      for: "2m",
      labels: { severity: "critical" },
      annotations: {
        summary: "{{ $labels.job }} answers many predictions with an error",
        description:
          "At this rate the errors of a month are used up within days. Look at its logs; 503 means that no model is loaded or that the replicas are overloaded.",
      },
    },
    {
      alert: "ErrorBudgetBurnsSlowly",
      expr: WINDOWS.warning.map(burns).join(" or "),
      for: "15m",
      labels: { severity: "warning" },
      annotations: {
        summary:
          "{{ $labels.job }} answers a few predictions in a thousand with an error, and has for hours",
        description:
          "At this rate the errors of a month are used up before it ends. Look at its logs.",
      },
    },
  ];
}

function burns({ factor, long, short }: { factor: number; long: string; short: string }): string {
  const limit = Number((factor * (1 - OBJECTIVE)).toFixed(6));
  const share = (window: string) =>
    `${errors("rate", window)} / ${count("rate", window)} > ${limit}`;
  return `(${share(long)} and ${share(short)} and ${errors("increase", long)} >= ${FEWEST})`;
}

const count = (how: string, window: string, more = "") =>
  `sum by (job) (${how}(slipway_http_request_duration_seconds_count{${PREDICTIONS}${more}}[${window}]))`;
const errors = (how: string, window: string) => count(how, window, ',status=~"5.."');
