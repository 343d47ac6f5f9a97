import * as pulumi from "@pulumi/pulumi";

/**
 * For a component whose children had nothing around them in earlier versions: they are the same resources, so that an `up`
 * finds them in the state and replaces none. What is below them is found with them.
 *
 * @returns an option `transformations` of one component.
 */
export function onceAtRoot(): pulumi.ResourceTransformation {
  let component: pulumi.Resource | undefined;
  return ({ resource, props, opts }) => {
    // The component itself comes first.
    component ??= resource;
    if (opts.parent !== component) return undefined;
    const aliases = [{ parent: pulumi.rootStackResource }];
    return { props, opts: pulumi.mergeOptions(opts, { aliases }) };
  };
}
