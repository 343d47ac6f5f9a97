import * as pulumi from "@pulumi/pulumi";

const REPLACE_UNREADY = "pulumi.com/replaceUnready";

/**
 * Makes every Kubernetes object below a component count as done once it is stored: for a control plane without
 * nodes, where nothing ever gets ready and a Job that is not would be replaced each time.
 */
export const skipAwait: pulumi.ResourceTransformation = ({ type, props, opts }) => {
  if (!type.startsWith("kubernetes:") || !("metadata" in props)) return undefined;
  const { metadata, ...rest } = props as { metadata: pulumi.Input<Metadata> };
  const annotated = pulumi.output(metadata).apply(({ annotations = {}, ...others }) => {
    const kept = Object.entries(annotations).filter(([name]) => name !== REPLACE_UNREADY);
    const skip = { "pulumi.com/skipAwait": "true" };
    return { ...others, annotations: { ...Object.fromEntries(kept), ...skip } };
  });
  return { props: { ...rest, metadata: annotated }, opts };
};

interface Metadata {
  annotations?: Record<string, string>;
}
