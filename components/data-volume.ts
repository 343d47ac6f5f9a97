import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { type Namespace, environmentOf } from "./environment.ts";
import { MAY_GO } from "./lib/held-data.ts";
import { holdsData } from "./lib/options.ts";

export interface DataVolumeArgs {
  /** Where the claim lives. */
  namespace: Namespace;
  /** Size, e.g. `5Gi`; may grow later. */
  size: string;
  /** @default the cluster's default class */
  storageClass?: string | undefined;
}

/**
 * A volume that outlives its workload: a claim of its own, because a claim template would tie it
 * to a StatefulSet that Kubernetes replaces for many small changes (pulumi-kubernetes #4328).
 */
export class DataVolume extends k8s.core.v1.PersistentVolumeClaim {
  /** The volume of a pod, called `data`. */
  readonly volume: k8s.types.input.core.v1.Volume;

  /** @param name of the workload whose data these are; what is made here must be in the record of `heldData` too. */
  constructor(name: string, args: DataVolumeArgs, parent: pulumi.Resource) {
    const { size, storageClass } = args;
    const namespace = environmentOf(args.namespace, name, parent);
    const data = `${name}-data`;
    const metadata = {
      ...namespace.metadata(name, "data"),
      name: namespace.unique(data),
      // A class that binds late waits for the pod, so waiting for the claim first would never end.
      annotations: {
        "pulumi.com/skipAwait": "true",
        ...(namespace.mayGo(data) && MAY_GO),
      },
    };
    const spec = {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: size } },
      ...(storageClass === undefined ? {} : { storageClassName: storageClass }),
    };
    super(name, { metadata, spec }, holdsData(parent, namespace.protects(data)));
    const claimName = this.metadata.name;
    this.volume = { name: "data", persistentVolumeClaim: { claimName } };
  }
}
