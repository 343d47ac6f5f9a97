import { kubectlFor } from "../lib/kubectl.ts";
import { existingCluster } from "./choose-cluster.ts";
import { addresses } from "./addresses.ts";
import { type Cluster } from "./cluster.ts";
import { isRunning, logFile, records } from "./from-source/process-table.ts";

/** Prints what the sandbox runs on, which processes and pods it has, and how to reach it. */
export async function status(): Promise<void> {
  const cluster = await existingCluster();
  const lines = cluster
    ? await describeCluster(cluster)
    : ["no sandbox: `npm run sandbox` makes one"];
  process.stdout.write(`${lines.join("\n")}\n`);
}

async function describeCluster(cluster: Cluster): Promise<string[]> {
  const { kind, context, env } = cluster;
  const lines = [`cluster: ${kind}, context ${context}`];
  const daemons = await records();
  // Asking an address that is nobody's now would only wait for an answer from elsewhere.
  if (kind === "source" && daemons.length === 0) {
    return [...lines, "it is stopped: `npm run sandbox` starts it again with its data"];
  }
  for (const record of daemons) {
    const state = (await isRunning(record))
      ? `runs as ${record.pid}`
      : `has ended, see ${logFile(record.name)}`;
    lines.push(`  ${record.name}: ${state}`);
  }
  const kubectl = kubectlFor(cluster);
  const pods = await kubectl(["get", "pods", "--all-namespaces", "--request-timeout=5s"], {
    reject: false,
  });
  lines.push(pods.exitCode === 0 ? pods.stdout : `the cluster does not answer: ${pods.stderr}`);
  lines.push(...(await addresses(cluster)));
  if (env.KUBECONFIG) lines.push(`kubectl: export KUBECONFIG=${env.KUBECONFIG}`);
  return lines;
}
