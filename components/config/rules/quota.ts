import { type QuotaPart, quotaParts } from "../quota.ts";
import { type Rule, rule } from "./rule.ts";

/** A quota that the stack itself would run into: pods would be missing, and an `up` would wait for them. */
export const quotaRules: Rule[] = [
  rule(
    [
      "quota",
      "namespace",
      "models",
      "database",
      "objectStore",
      "movedFrom",
      "mlflow",
      "ui",
      "monitoring",
      "endpoint",
    ],
    ({ namespace, ...config }, { stated }) => {
      // In a namespace of others the quota is theirs.
      if (namespace !== undefined) return [];
      return quotaParts(config)
        .filter(({ key, enough }) => !enough && stated.includes(`quota.${key}`))
        .map(({ key, needed }) => ({
          path: `quota.${key}`,
          message: `(${config.quota[key]}) is less than the ${what(key, needed)}, or remove it for as much as is needed`,
        }));
    },
  ),
];

function what(key: QuotaPart["key"], needed: string): string {
  if (key === "storage") {
    return `${needed} that this stack's volumes request: raise it, make them smaller`;
  }
  const asked =
    key === "pods"
      ? `${needed} pods that this stack has`
      : `${needed} that this stack's pods request`;
  return `${asked} with every autoscaler at its maximum, and all trainings and a roll-out under way: raise it, lower replicas.max or what a pod requests`;
}
