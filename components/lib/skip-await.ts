import * as pulumi from "@pulumi/pulumi";

/**
 * Makes every Kubernetes object count as done once it is stored: for a control plane without nodes.
 */
export function skipAwait(): void {
  pulumi.runtime.registerStackTransformation(({ type, props, opts }) => {
    if (!type.startsWith("kubernetes:") || !("metadata" in props)) return undefined;
    const { metadata, ...rest } = props as { metadata: pulumi.Input<Metadata> };
    const annotated = pulumi.output(metadata).apply(({ annotations, ...others }) => ({
      ...others,
      annotations: { ...annotations, "pulumi.com/skipAwait": "true" },
    }));
    return { props: { ...rest, metadata: annotated }, opts };
  });
}

interface Metadata {
  annotations?: Record<string, string>;
}
