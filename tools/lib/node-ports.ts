/** What a Service says of its ports. */
export interface NodePortService {
  metadata: { name: string };
  spec: { ports?: { port: number; nodePort?: number | undefined }[] | undefined };
}

/** A port that answers on every node. */
export interface NodePort {
  /** The Service that it leads to, without the `-node` of the one that opens it. */
  service: string;
  /** Name of the Service that opens it. */
  opener: string;
  port: number;
  nodePort: number;
}

/** One for each Service with a node port. */
export function nodePortsOf(services: readonly NodePortService[]): NodePort[] {
  return services.flatMap(({ metadata: { name: opener }, spec: { ports: [first] = [] } }) => {
    const { port, nodePort } = first ?? {};
    if (port === undefined || nodePort === undefined) return [];
    return [{ service: opener.replace(/-node$/, ""), opener, port, nodePort }];
  });
}
