import type { Environment } from "./environment.ts";

/** What a Secret holds, or why it cannot be read, in kubectl's words. */
export type ReadSecret =
  { keys: Record<string, string>; refused?: undefined } | { keys?: undefined; refused: string };

/** Reads a Secret of an environment. */
export async function readSecret(
  { kubectl, namespace }: Pick<Environment, "kubectl" | "namespace">,
  name: string,
): Promise<ReadSecret> {
  const get = ["-n", namespace, "get", "secret", name, "-o", "json"];
  const { failed, stderr, stdout } = await kubectl(get, { reject: false });
  if (failed) return { refused: stderr };
  const { data = {} } = JSON.parse(stdout) as { data?: Record<string, string> };
  const plain = Object.entries(data).map(
    ([key, value]) => [key, Buffer.from(value, "base64").toString()] as const,
  );
  return { keys: Object.fromEntries(plain) };
}
