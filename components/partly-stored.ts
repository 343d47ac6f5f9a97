import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type Stored, isStored } from "./config/values.ts";
import { contentHash } from "./lib/hash.ts";

/** How often the operator looks whether a store has another value. */
const REFRESH = "1h";

export interface PartlyStoredArgs {
  metadata: { name: string; namespace: pulumi.Input<string>; labels: Record<string, string> };
  /** Values by key: as they are, or where a store has them. */
  values: Record<string, pulumi.Input<string> | Stored>;
}

/**
 * A Secret, of which the External Secrets Operator puts in what a store has: those values are neither in the program nor in Pulumi's state.
 *
 * @returns the Secret's name, once all of it is there.
 */
export function partlyStored(
  name: string,
  { metadata, values }: PartlyStoredArgs,
  options: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const entries = Object.entries(values);
  const ours = entries.flatMap(([key, value]) => (isStored(value) ? [] : [[key, value] as const]));
  const theirs = entries.flatMap(([key, value]) =>
    isStored(value) ? [[key, value] as const] : [],
  );
  const stringData = Object.fromEntries(ours);
  const secret = new k8s.core.v1.Secret(name, { metadata, stringData }, options);
  if (theirs.length === 0) return secret.metadata.name;
  const filled = new k8s.apiextensions.CustomResource(
    name,
    {
      apiVersion: "external-secrets.io/v1",
      kind: "ExternalSecret",
      metadata: { ...metadata, annotations: { "pulumi.com/waitFor": "condition=Ready" } },
      spec: {
        refreshInterval: REFRESH,
        // The Secret and its other keys are ours.
        target: { name: metadata.name, creationPolicy: "Merge", deletionPolicy: "Retain" },
        data: theirs.map(([secretKey, { store, storeKind, key, property }]) => ({
          secretKey,
          remoteRef: { key, ...(property === undefined ? {} : { property }) },
          sourceRef: { storeRef: { name: store, kind: storeKind } },
        })),
      },
    },
    { ...options, dependsOn: [secret] },
  );
  // Of an object that is to be made a preview knows the URN, and not the id.
  return pulumi.all([secret.metadata.name, filled.urn]).apply(([made]) => made);
}

/** What stands for values in a checksum: of a stored one where it is. */
export function fingerprintOf(
  namespace: { hashOf: (text: pulumi.Input<string>) => pulumi.Output<string> },
  values: readonly (pulumi.Input<string> | Stored)[],
): pulumi.Output<string> {
  const texts = values.map((value) =>
    isStored(value) ? contentHash(JSON.stringify(value)) : value,
  );
  return namespace.hashOf(pulumi.all(texts).apply((all) => all.join("\0")));
}
