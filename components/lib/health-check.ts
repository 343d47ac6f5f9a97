/** Spec of a HealthCheckPolicy: GKE asks a Service for `/` otherwise, and sends nothing to one that does not answer 200. */
export function healthCheckSpec({ name, health }: { name: string; health: string }) {
  // The port is the default, but the rules of the kind's definition fail where it is left out.
  const httpHealthCheck = { portSpecification: "USE_SERVING_PORT", requestPath: health };
  return {
    default: { config: { type: "HTTP", httpHealthCheck } },
    targetRef: { group: "", kind: "Service", name },
  };
}
