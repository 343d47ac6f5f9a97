import { PREDICTIONS } from "../components/lib/burn-rate.ts";

/** Of the models that a person picked. */
export const JOB = '{job=~"$job"}';

const HTTP = "slipway_http_request_duration_seconds";

/** Predictions per second by these labels; probes and scrapes are no predictions. @param more e.g. `,status="200"`. */
export function predictionRate(by: string, more = ""): string {
  const matchers = `{job=~"$job",${PREDICTIONS}${more}}`;
  return `sum${by} (rate(${HTTP}_count${matchers}[$__rate_interval]))`;
}

/** Share of predictions that end in an error of ours: 0 where there is none, which no series says by itself. */
export function errorShare(by: string): string {
  const all = predictionRate(by);
  return `(${predictionRate(by, ',status=~"5.."')} or 0 * ${all}) / ${all}`;
}

/** Time within which this share of predictions is answered, in seconds. @param by labels, e.g. `job, `. */
export function latency(quantile: number, by = ""): string {
  const buckets = `${HTTP}_bucket{job=~"$job",${PREDICTIONS}}`;
  return `histogram_quantile(${quantile}, sum by (${by}le) (rate(${buckets}[$__rate_interval])))`;
}
