import { type Rule, rule, when } from "./rule.ts";

/** Who tells of alerts. */
export const monitoringRules: Rule[] = [
  rule(["monitoring"], ({ monitoring }) =>
    when(
      monitoring.kind !== "bundled" && monitoring.alerts !== undefined,
      "monitoring.alerts",
      `is for our own Prometheus: with 'kind: ${monitoring.kind}' remove it, and name the receivers where the Prometheus that watches this stack runs`,
    ),
  ),
];
