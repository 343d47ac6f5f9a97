import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { contentHash } from "./hash.ts";

/**
 * Files for pods, under a name that carries a hash of their content: another content is another
 * object and so another roll-out, the old pods keep theirs, and a roll-back finds it again.
 */
export function contentConfigMap(
  name: string,
  metadata: { name: string; namespace: pulumi.Input<string>; labels: Record<string, string> },
  data: Record<string, string>,
  parent: pulumi.Resource,
): k8s.core.v1.ConfigMap {
  const hash = contentHash(...Object.entries(data).flat());
  const named = { ...metadata, name: `${metadata.name}-${hash}` };
  return new k8s.core.v1.ConfigMap(name, { metadata: named, data, immutable: true }, { parent });
}
