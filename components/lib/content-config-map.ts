import { isUtf8 } from "node:buffer";
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { contentHash } from "./hash.ts";

/**
 * Files for pods, under a name that carries a hash of their content: another content is another
 * object and so another roll-out, the old pods keep theirs, and a roll-back finds it again. Pulumi knows
 * it by that name too (docs/adr/0033-content-names-a-resource.md).
 *
 * @param files content by key; bytes that are no UTF-8 text become `binaryData`.
 */
export function contentConfigMap(
  metadata: { name: string; namespace: pulumi.Input<string>; labels: Record<string, string> },
  files: Record<string, string | Buffer>,
  parent: pulumi.Resource,
): k8s.core.v1.ConfigMap {
  const data: Record<string, string> = {};
  const binaryData: Record<string, string> = {};
  for (const [key, content] of Object.entries(files)) {
    if (typeof content === "string" || isUtf8(content)) data[key] = content.toString();
    else binaryData[key] = content.toString("base64");
  }
  const hash = contentHash(...Object.entries(data).flat(), ...Object.entries(binaryData).flat());
  const named = { ...metadata, name: `${metadata.name}-${hash}` };
  const more = Object.keys(binaryData).length === 0 ? {} : { binaryData };
  return new k8s.core.v1.ConfigMap(
    named.name,
    { metadata: named, data, ...more, immutable: true },
    { parent },
  );
}
