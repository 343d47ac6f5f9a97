import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

/** Bounds of an autoscaler, and the mean CPU use in percent of the request that it aims at. */
export interface Scale {
  min: number;
  max: number;
  cpuPercent: number;
}

/**
 * The autoscaler of the Deployment `name`, and the owner of its replica count. It rests at zero
 * replicas, so that an environment can sleep through an `up`.
 */
export function autoscalerSpec(
  name: pulumi.Input<string>,
  { min, max, cpuPercent }: Scale,
): k8s.types.input.autoscaling.v2.HorizontalPodAutoscalerSpec {
  return {
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
    minReplicas: min,
    maxReplicas: max,
    metrics: [
      {
        type: "Resource",
        resource: {
          name: "cpu",
          target: { type: "Utilization", averageUtilization: cpuPercent },
        },
      },
    ],
  };
}
