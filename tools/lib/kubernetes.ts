import type { types } from "@pulumi/kubernetes";
import type { Unwrap } from "@pulumi/pulumi";

/**
 * An object as `kubectl get -o json` prints it. Pulumi makes its types of inputs from Kubernetes' own description: they know
 * which fields may be left out (those of outputs call all present). What the API server always fills in is added.
 */
type Printed<Inputs> = Unwrap<Inputs> & {
  kind: string;
  metadata: { name: string; namespace: string; creationTimestamp: string };
  spec: object;
};

export type CronJob = Printed<types.input.batch.v1.CronJob>;
export type Deployment = Printed<types.input.apps.v1.Deployment>;
export type Job = Printed<types.input.batch.v1.Job>;
export type Pod = Printed<types.input.core.v1.Pod>;
export type ReplicaSet = Printed<types.input.apps.v1.ReplicaSet>;
export type Service = Printed<types.input.core.v1.Service>;
export type StatefulSet = Printed<types.input.apps.v1.StatefulSet>;
