import { existingCluster } from "./choose-cluster.ts";
import { kubectlFor } from "./cluster.ts";
import { isRunning, logFile, records } from "./process-table.ts";

/** Prints what the sandbox runs on, which processes and pods it has, and how to reach it. */
export async function status(): Promise<void> {
  const cluster = await existingCluster();
  if (cluster === undefined) {
    print("no sandbox: `npm run sandbox` makes one");
    return;
  }
  const { kind, context, env } = cluster;
  print(`cluster: ${kind}, context ${context}`);
  for (const record of await records()) {
    const state = (await isRunning(record))
      ? `runs as ${record.pid}`
      : `has ended, see ${logFile(record.name)}`;
    print(`  ${record.name}: ${state}`);
  }
  const kubectl = kubectlFor(cluster);
  const pods = await kubectl(["get", "pods", "--all-namespaces", "--request-timeout=5s"], {
    reject: false,
  });
  print(pods.exitCode === 0 ? pods.stdout : `the cluster does not answer: ${pods.stderr}`);
  if (env.KUBECONFIG) print(`kubectl: export KUBECONFIG=${env.KUBECONFIG}`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
