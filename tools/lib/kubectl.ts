import { execa } from "execa";

/** How a cluster is reached. */
export interface ClusterAccess {
  /** kubectl's path. */
  kubectl: string;
  /** Context in the kubeconfig. */
  context: string;
  /** Variables that point kubectl and Pulumi at it; empty with the person's own kubeconfig. */
  env: { KUBECONFIG?: string; KUBECACHEDIR?: string };
}

/** Runs kubectl against a cluster. */
export function kubectlFor({ kubectl, context, env }: ClusterAccess) {
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
