import type * as pulumi from "@pulumi/pulumi";

/**
 * Options of a child whose Kubernetes name is fixed. The old object must be gone before its
 * namesake is made, or deleting the old one takes the new one along (pulumi-kubernetes #4522).
 */
export function fixedName(parent: pulumi.Resource): pulumi.CustomResourceOptions {
  return { parent, deleteBeforeReplace: true };
}

/** The same for what holds data: with `protect`, neither `destroy` nor a replacement takes it. */
export function holdsData(parent: pulumi.Resource, protect: boolean): pulumi.CustomResourceOptions {
  return { ...fixedName(parent), protect, retainOnDelete: protect };
}
