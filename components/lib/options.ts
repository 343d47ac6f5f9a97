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

/**
 * Options of a generated value, such as a password, which lives in the state alone. Were it deleted before it is made anew,
 * the engine would replace the workloads that read it as well.
 */
export function generatedValue(
  parent: pulumi.Resource,
  protect = false,
): pulumi.CustomResourceOptions {
  return { parent, protect, retainOnDelete: protect };
}
