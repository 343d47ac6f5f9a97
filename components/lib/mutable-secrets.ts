import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks.js";

const KEYS = ["enableSecretMutable", "enableConfigMapMutable"];

/**
 * Warns of a project whose Kubernetes provider makes another object of a Secret or ConfigMap that changes, and of all that
 * names it: its default.
 */
export function warnOfReplacedSecrets(): void {
  const config = new pulumi.Config("kubernetes");
  const missing = KEYS.filter((key) => config.get(key) !== "true");
  // `render` and tests have no provider.
  if (missing.length === 0 || pulumi.runtime.getMonitor() instanceof MockMonitor) return;
  void pulumi.log.warn(
    `${missing.map((key) => `kubernetes:${key}`).join(" and ")} should be true in Pulumi.yaml, or another password replaces ` +
      "its Secret and every pod that names it",
  );
}
