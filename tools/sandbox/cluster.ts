import { execa } from "execa";
import type { ImageBuild } from "./images.ts";

/** A cluster that the sandbox runs on. */
export interface Cluster {
  kind: "context" | "kind" | "source";
  /** Variables that point kubectl and Pulumi at it. */
  env: { KUBECONFIG?: string; KUBECACHEDIR?: string };
  /** Context in the kubeconfig. */
  context: string;
  /** kubectl's path. */
  kubectl: string;
  /** Brings it up, with DNS, metrics and a default StorageClass. */
  up: () => Promise<void>;
  /** Makes images known to its nodes without a registry. */
  load: (images: readonly ImageBuild[]) => Promise<void>;
  /** Removes it, or only stops it when its data is to be kept. */
  down: (options: { wipe: boolean }) => Promise<void>;
}

/** Runs kubectl against a cluster. */
export function kubectlFor({
  kubectl,
  context,
  env,
}: Pick<Cluster, "kubectl" | "context" | "env">) {
  return (
    args: string[],
    options: {
      input?: string;
      reject?: boolean;
      env?: Record<string, string>;
      cancelSignal?: AbortSignal;
    } = {},
  ) =>
    execa(kubectl, ["--context", context, ...args], {
      ...options,
      env: { ...env, ...options.env },
    });
}
