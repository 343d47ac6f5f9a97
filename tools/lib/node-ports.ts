import type { Service } from "./kubernetes.ts";

/** What a Service says of its ports. Its label `app.kubernetes.io/name` is that of the Service that it leads to. */
export interface OpenedService {
  metadata: Pick<Service["metadata"], "name" | "labels">;
  spec: Pick<Service["spec"], "ports">;
}

/** A port that answers on every node. */
export interface NodePort {
  /** Name of the Service that it leads to. */
  service: string;
  /** Name of the Service that opens it. */
  opener: string;
  port: number;
  nodePort: number;
}

/** One for each Service with a node port. */
export function nodePortsOf(services: readonly OpenedService[]): NodePort[] {
  return services.flatMap(({ metadata, spec: { ports: [opened] = [] } }) => {
    const { port, nodePort } = opened ?? {};
    if (port === undefined || nodePort === undefined) return [];
    const { name: opener, labels } = metadata;
    return [{ service: labels?.["app.kubernetes.io/name"] ?? opener, opener, port, nodePort }];
  });
}
