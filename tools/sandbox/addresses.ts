import { NAMESPACE } from "../lib/stack/sandbox.ts";
import { kubectlFor } from "../lib/kubectl.ts";
import { portForward, showPassword } from "../../components/lib/commands.ts";
import { type OpenedService, nodePortsOf } from "../lib/node-ports.ts";
import { type Cluster } from "./cluster.ts";

/**
 * Lines that say how a person reaches the page, the models and MLflow. A node port answers on this machine
 * where the cluster is ours; on another cluster a port-forward always does.
 */
export async function addresses(cluster: Cluster): Promise<string[]> {
  const get = ["-n", NAMESPACE, "get", "services", "-o", "json", "--request-timeout=5s"];
  const answer = await kubectlFor(cluster)(get, { reject: false });
  if (answer.failed) return [];
  const { items } = JSON.parse(answer.stdout) as { items: OpenedService[] };
  const lines = addressLines(items, cluster.kind !== "context");
  if (lines.length === 0) return [];
  return [
    ...lines,
    `MLflow's user is admin, its password: ${showPassword(NAMESPACE, "mlflow-admin")}`,
  ];
}

/** One line for each Service with a node port. */
function addressLines(services: OpenedService[], local: boolean): string[] {
  return nodePortsOf(services).map(({ service, opener: name, port, nodePort }) => {
    const forward = `http://localhost:${port} after \`${portForward(NAMESPACE, { name, port })}\``;
    return `${service.padEnd(20)} ${local ? `http://localhost:${nodePort}` : forward}`;
  });
}
