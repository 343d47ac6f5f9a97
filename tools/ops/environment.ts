import { ENVIRONMENT_MARKER } from "../../components/lib/environment-marker.ts";
import { instanceLabel } from "../../components/lib/labels.ts";
import { Failure } from "../local/failure.ts";
import type { Access } from "./access.ts";

type Place = Pick<Access, "namespace" | "shared">;

/** The object that stands for the environment and bears its marks: its namespace, or a ConfigMap in one of others. */
export function standFor({ namespace, shared }: Place) {
  return shared
    ? { apiVersion: "v1", kind: "ConfigMap", metadata: { name: ENVIRONMENT_MARKER, namespace } }
    : { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
}

/** The same, as kubectl names it, e.g. `namespace/slipway-dev`. */
export function environmentName(place: Place): string {
  const { kind, metadata } = standFor(place);
  return `${kind.toLowerCase()}/${metadata.name}`;
}

/** Arguments that keep a list to `labels`, and to the environment's own objects where others have some. */
export function ownOnly(
  { shared, instance }: Pick<Access, "shared" | "instance">,
  ...labels: string[]
): string[] {
  const own = shared ? Object.entries(instanceLabel(instance)).map((pair) => pair.join("=")) : [];
  const all = [...own, ...labels];
  return all.length === 0 ? [] : ["-l", all.join(",")];
}

/**
 * Whether the environment was ever deployed.
 *
 * @throws Failure when the cluster does not answer or does not say, or when another stack has its namespace.
 */
export async function isDeployed(access: Access): Promise<boolean> {
  const { kubectl, namespace, shared, instance, context } = access;
  const get = ["-n", namespace, "get", environmentName(access), "-o", "json"];
  const found = await kubectl([...get, "--request-timeout=15s"], { reject: false });
  if (found.failed) {
    if (found.stderr.includes("NotFound")) return false;
    throw new Failure(
      `cluster '${context}' does not answer as it should, check kubeconfig, rights and network: ${found.stderr}`,
    );
  }
  if (!shared) return true;
  const { data = {} } = JSON.parse(found.stdout) as { data?: Record<string, string> };
  if (data["instance"] === instance) return true;
  throw new Failure(
    `namespace ${namespace} holds ${data["instance"] ?? "an environment of no name"}, not ${instance}: ` +
      "name another one in 'slipway:namespace', a namespace has room for one stack",
  );
}
