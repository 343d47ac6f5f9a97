import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { PlatformNamespace } from "../platform-namespace.ts";
import { labels } from "./labels.ts";
import { holdsData } from "./options.ts";

/**
 * A volume that outlives its workload: a claim of its own, because a claim template would tie it
 * to a StatefulSet that Kubernetes replaces for many small changes (pulumi-kubernetes #4328).
 */
export function dataVolume(
  name: string,
  namespace: PlatformNamespace,
  volume: { size: string; storageClass?: string | undefined },
  parent: pulumi.Resource,
): k8s.core.v1.PersistentVolumeClaim {
  const { size, storageClass } = volume;
  return new k8s.core.v1.PersistentVolumeClaim(
    name,
    {
      metadata: {
        name: namespace.unique(`${name}-data`),
        namespace: namespace.name,
        labels: labels(namespace.selector(name), "data"),
        // A class that binds late waits for the pod, so waiting for the claim first would never
        // end.
        annotations: { "pulumi.com/skipAwait": "true" },
      },
      spec: {
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage: size } },
        ...(storageClass === undefined ? {} : { storageClassName: storageClass }),
      },
    },
    holdsData(parent, namespace.protect),
  );
}
