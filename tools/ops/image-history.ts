import type { Deployment, ReplicaSet, StatefulSet } from "../lib/kubernetes.ts";
import type { Environment } from "../lib/stack/environment.ts";
import { pinOf } from "./pins.ts";
import type { Entry } from "../lib/stack/history.ts";

/** An image that ran once. */
export interface Past {
  /** As `slipway:pins` takes it. */
  pin: string;
  /** When it was first seen, ISO 8601. */
  at: string;
}

/**
 * Images that ran under a name, newest first: from the records of deployments, and from the ReplicaSets that Kubernetes
 * keeps of a Deployment's last ten revisions.
 */
export async function imageHistory(
  { kubectl, namespace }: Environment,
  image: string,
  records: readonly Entry[],
): Promise<Past[]> {
  const { stdout } = await kubectl(["-n", namespace, "get", "replicasets", "-o", "json"]);
  const kept = (JSON.parse(stdout) as { items: ReplicaSet[] }).items.flatMap(pastOf);
  const recorded = records.flatMap(({ at, images, result }) =>
    result === "ok" ? Object.values(images ?? {}).map((pin) => ({ pin, at })) : [],
  );
  const ours = [...kept, ...recorded].filter(({ pin }) => imageOf(pin) === image);
  const newest = new Map<string, Past>();
  for (const past of ours.sort((one, other) => one.at.localeCompare(other.at))) {
    newest.delete(past.pin);
    newest.set(past.pin, past);
  }
  return [...newest.values()].reverse();
}

/**
 * The image that the environment runs, as `slipway:pins` takes it: asked of the cluster, because `up --target` and Argo CD
 * leave the stack's outputs and what runs apart.
 */
export async function runningPin(
  { kubectl, namespace }: Environment,
  image: string,
): Promise<string | undefined> {
  const get = ["-n", namespace, "get", "deployments,statefulsets", "-o", "json"];
  const { items } = JSON.parse((await kubectl(get)).stdout) as {
    items: (Deployment | StatefulSet)[];
  };
  return items.flatMap(pastOf).find(({ pin }) => imageOf(pin) === image)?.pin;
}

function pastOf({ metadata, spec: { template } }: Deployment | StatefulSet | ReplicaSet): Past[] {
  const tag = template?.metadata?.labels?.["app.kubernetes.io/version"] ?? "";
  return (template?.spec?.containers ?? []).map(({ image = "" }) => ({
    pin: pinOf(image, tag),
    at: metadata.creationTimestamp,
  }));
}

/** `serving` of `registry.example.com/my-team/slipway/serving:1a2b3c4@sha256:…`. */
export function imageOf(pin: string): string {
  return pin.split("@")[0]?.split("/").at(-1)?.replace(/:.*/, "") ?? "";
}
