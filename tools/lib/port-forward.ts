import { execa } from "execa";

/** A port of this machine that leads into the cluster; past network policies, and with any kind of endpoint. */
export interface Forward {
  /** E.g. `http://127.0.0.1:41234`. */
  url: string;
  close: () => void;
}

/** How kubectl is called. */
export interface ForwardOptions {
  kubectl?: string;
  context?: string | undefined;
  namespace: string;
  env?: Record<string, string>;
}

/**
 * Opens a port-forward to `service/NAME`, `pod/NAME`, ….
 *
 * @throws Error with what kubectl said, when it ends before it listens.
 */
export async function forward(
  target: string,
  port: number,
  { kubectl = "kubectl", context, namespace, env = {} }: ForwardOptions,
): Promise<Forward> {
  const where = [...(context === undefined ? [] : ["--context", context]), "-n", namespace];
  const options = { env, stdin: "ignore", reject: false, forceKillAfterDelay: 2000 } as const;
  const child = execa(kubectl, [...where, "port-forward", target, `:${port}`], options);
  const listening = new Promise<string>((resolve) => {
    let output = "";
    // kubectl prints `Forwarding from 127.0.0.1:41234 -> 8000`, and a line for each connection, which must be read.
    child.stdout.on("data", (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-2000);
      const local = /127\.0\.0\.1:(\d+)/.exec(output)?.[1];
      if (local !== undefined) resolve(local);
    });
  });
  const ended = child.then((result) => {
    throw new Error(`kubectl port-forward ended: ${result.stderr.trim()}`);
  });
  const local = await Promise.race([listening, ended]);
  ended.catch(() => undefined);
  return { url: `http://127.0.0.1:${local}`, close: () => child.kill() };
}
