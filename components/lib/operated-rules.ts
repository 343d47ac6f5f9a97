import type { Rule } from "./alert-rules.ts";

/** Metrics of ours, and of the servers of others that we run; texts in quotes are passed over. */
const SERIES = /"[^"]*"|\b((?:slipway|pg|SeaweedFS|minio|probe|alertmanager)_\w+|up)\b(\{)?/g;

/** An expression about the series of one namespace alone, by the label that an operator's Prometheus gives all that it scrapes. */
export function ofNamespace(expression: string, namespace: string): string {
  const label = `namespace="${namespace}"`;
  return expression.replace(SERIES, (all, metric?: string, more?: string) =>
    metric === undefined ? all : `${metric}{${label}${more === undefined ? "}" : ","}`,
  );
}

/**
 * Whether the environment sleeps or has woken within ten minutes: by its sleep schedule, or, without one, by kube-state-metrics,
 * which an operator's Prometheus mostly has. Where neither tells, it is held to be awake.
 */
function asleep(namespace: string): string {
  const label = `namespace="${namespace}"`;
  const schedule = `max_over_time(slipway_environment_asleep{${label}}[10m]) == 1`;
  // It is wanted at nothing in sleep alone; one that cannot start is wanted all the same.
  const wanted = `kube_deployment_spec_replicas{${label},deployment="pushgateway"}`;
  return `${schedule} or min_over_time(${wanted}[10m]) == 0`;
}

/** A rule as a Prometheus needs it that is awake always, and watches what others run too. Its label says which environment it is of. */
export function operated(rule: Rule, namespace: string): Rule {
  const here = ofNamespace(rule.expr, namespace);
  const expr = rule.absence ? `(${here}) unless on () (${asleep(namespace)})` : here;
  return { ...rule, expr, labels: { ...rule.labels, namespace } };
}
