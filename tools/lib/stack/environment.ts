import { ENVIRONMENT_MARKER } from "../../../components/lib/environment-marker.ts";
import { instanceLabel, labelPairs } from "../../../components/lib/labels.ts";
import { Failure } from "../failure.ts";
import type { kubectlFor } from "../kubectl.ts";
import type { Objects } from "./objects.ts";

/** Which environment a command works on, and how it is reached. */
export interface Environment {
  /** Name of the stack, e.g. `staging`. */
  stack: string;
  /** Which environment, e.g. `slipway-staging`: its objects have it as a label. */
  instance: string;
  /** Its namespace: of the same name, or the one that `slipway:namespace` names. */
  namespace: string;
  /** Whether others may have objects there. */
  shared: boolean;
  /** Context in the kubeconfig. */
  context: string;
  /** The stack's configuration file; the sandbox's is beside its state. */
  configFile: string;
  /** Variables for child processes: KUBECONFIG where it is not the person's own, and kubectl on the PATH. */
  env: Record<string, string>;
  /** kubectl in this context; with the namespace that every call names itself. */
  kubectl: ReturnType<typeof kubectlFor>;
  /** The objects of its namespace. */
  objects: Objects;
  /** kubectl's path, for a port-forward. */
  kubectlPath: string;
}

/** What is asked of an environment's objects: also where no stack file is, as inside its cluster. */
export type Place = Pick<Environment, "instance" | "namespace" | "shared" | "objects">;

/** The object that holds the marks of the environment: its namespace, or a ConfigMap in one of others. */
export function markedObject({ namespace, shared }: Pick<Environment, "namespace" | "shared">) {
  return shared
    ? ({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: ENVIRONMENT_MARKER, namespace },
      } as const)
    : ({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } } as const);
}

/** The same, as kubectl names it, e.g. `namespace/slipway-dev`. */
export function environmentName(environment: Pick<Environment, "namespace" | "shared">): string {
  const { kind, metadata } = markedObject(environment);
  return `${kind.toLowerCase()}/${metadata.name}`;
}

/** Selectors that keep a list to the environment's own objects where others have some. */
export function ownLabels({ shared, instance }: Pick<Environment, "shared" | "instance">) {
  return shared ? labelPairs(instanceLabel(instance)) : [];
}

/** The same as arguments of kubectl, with further selectors. */
export function ownOnly(
  environment: Pick<Environment, "shared" | "instance">,
  ...labels: string[]
): string[] {
  const all = [...ownLabels(environment), ...labels];
  return all.length === 0 ? [] : ["-l", all.join(",")];
}

/**
 * Whether the environment was ever deployed.
 *
 * @throws Failure when the cluster does not answer or does not say, or when another stack has its namespace.
 */
export async function isDeployed(environment: Environment): Promise<boolean> {
  const { kubectl, namespace, shared, instance, context } = environment;
  const get = ["-n", namespace, "get", environmentName(environment), "-o", "json"];
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
