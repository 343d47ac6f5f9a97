import type { Access } from "./access.ts";

/**
 * Sets fields of an object as a manager of our own, and lets go of those that it set before. Not `kubectl patch`: Pulumi
 * takes over what a patch wrote, and drops it with its next change of the object.
 */
export async function applyOwn(
  { kubectl }: Access,
  object: { apiVersion: string; kind: string; metadata: object; spec?: object },
): Promise<void> {
  const own = ["--server-side", "--force-conflicts", "--field-manager=slipway-sleep"];
  await kubectl(["apply", ...own, "-f", "-"], { input: JSON.stringify(object) });
}
