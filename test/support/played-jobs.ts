import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";

interface PlayedJob {
  metadata: { name: string };
  status?: { succeeded?: number };
}

/**
 * Says of each Job of a move that it has ended well, as no pod runs on a bare Kubernetes API.
 *
 * @returns stops it.
 */
export function playJobs(
  kubectl: string,
  kubeconfig: string,
  namespace: string,
): () => Promise<void> {
  const stop = new AbortController();
  const run = (args: string[]) =>
    execa(kubectl, ["--kubeconfig", kubeconfig, "-n", namespace, ...args], { reject: false });
  const work = (async () => {
    while (!stop.signal.aborted) {
      const { stdout } = await run([
        "get",
        "jobs",
        "-l",
        "app.kubernetes.io/name=move",
        "-o",
        "json",
      ]);
      const { items } = JSON.parse(stdout || '{"items":[]}') as { items: PlayedJob[] };
      for (const { metadata, status: before } of items) {
        if (before?.succeeded !== undefined) continue;
        const now = new Date().toISOString();
        const condition = { status: "True", lastTransitionTime: now };
        const conditions = ["SuccessCriteriaMet", "Complete"].map((type) => ({
          type,
          ...condition,
        }));
        const status = { startTime: now, completionTime: now, succeeded: 1, conditions };
        const patch = ["--subresource=status", "--type=merge", "-p", JSON.stringify({ status })];
        await run(["patch", "job", metadata.name, ...patch]);
      }
      await sleep(500);
    }
  })();
  return async () => {
    stop.abort();
    await work;
  };
}
