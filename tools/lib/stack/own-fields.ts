import type { Place } from "./environment.ts";
import type { Kind } from "./objects.ts";

/** An object's name, and the fields of it that are ours. */
export interface OwnFields {
  apiVersion: string;
  kind: Kind;
  metadata: { name: string; namespace?: string };
  /** None: those that we set before go away. */
  annotations: Record<string, string>;
  spec?: object;
}

/**
 * Sets fields of an object as a manager of our own, and lets go of those that it set before. Not `kubectl patch`: Pulumi
 * takes over what a patch wrote, and drops it with its next change of the object.
 */
export async function applyOwn(
  { objects }: Pick<Place, "objects">,
  fields: OwnFields,
  manager = "slipway-sleep",
): Promise<void> {
  const { annotations, metadata, ...rest } = fields;
  // An empty map would own all annotations, and refuse the next one that Pulumi sets.
  const own = Object.keys(annotations).length > 0 ? { ...metadata, annotations } : metadata;
  await objects.apply({ ...rest, metadata: own }, manager);
}
