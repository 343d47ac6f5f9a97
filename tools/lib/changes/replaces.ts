import { kindOf } from "./change.ts";

/**
 * Properties for which pulumi-kubernetes 4.34 makes another object (`forceNew` of its provider/pkg/provider/diff.go), of the
 * kinds that we have. test/pulumi/changes/matrix.test.ts holds them against the real engine.
 */
const REPLACED: Record<string, RegExp> = {
  Deployment: /^spec\.selector\b/,
  StatefulSet: /^spec\.(selector|serviceName|podManagementPolicy|volumeClaimTemplates)\b/,
  Job: /^spec\.(template|selector|completions|parallelism)\b/,
  PersistentVolumeClaim: /^spec\.(storageClassName|accessModes|selector|volumeName)\b/,
  Service: /^spec\.clusterIP\b/,
  Secret: /^type$/,
};
const EVERYWHERE = /^(apiVersion|kind|metadata\.(name|namespace))$/;

/** Whether a change of that property takes another resource in the place of the old one. */
export function replaces(type: string, path: string): boolean {
  if (type.startsWith("random:")) return true;
  if (type.startsWith("command:")) return path === "triggers";
  if (!type.startsWith("kubernetes:")) return false;
  return EVERYWHERE.test(path) || (REPLACED[kindOf(type)]?.test(path) ?? false);
}
