import { NAMESPACE } from "../../../tools/lib/stack/sandbox.ts";
import { kubectl } from "./sandbox.ts";

/** A namespace beside the sandbox's, for what is not ours. */
export const ELSEWHERE = `${NAMESPACE}-elsewhere`;

/** Starts one container behind a Service of its name there, and waits until it is ready. */
export async function startElsewhere(
  name: string,
  port: number,
  container: Record<string, unknown>,
): Promise<void> {
  const labels = { app: `${name}-elsewhere` };
  const metadata = { name, namespace: ELSEWHERE };
  const items = [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: ELSEWHERE } },
    {
      ...{ apiVersion: "v1", kind: "Service", metadata },
      spec: { selector: labels, ports: [{ port }] },
    },
    {
      ...{ apiVersion: "apps/v1", kind: "Deployment", metadata },
      spec: {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name, ...container }] } },
      },
    },
  ];
  const list = JSON.stringify({ apiVersion: "v1", kind: "List", items });
  await kubectl("--namespace", ELSEWHERE, "apply", "-f", "-", { input: list });
  const rollout = ["rollout", "status", `deployment/${name}`, "--timeout=180s"];
  await kubectl("--namespace", ELSEWHERE, ...rollout);
}

/** Takes all of it away. */
export async function stopElsewhere(): Promise<void> {
  await kubectl("delete", "namespace", ELSEWHERE, "--ignore-not-found", "--wait=false");
}
