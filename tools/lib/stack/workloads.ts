import { HIBERNATION } from "../../../components/well-known.ts";
import { stagesOf } from "../../../components/lib/stages.ts";
import type { Deployment, Job } from "../kubernetes.ts";
import { type Place, ownLabels } from "./environment.ts";
import { applyOwn } from "./own-fields.ts";

/** What `sleep` may scale or suspend, as far as it looks at it: all that one of the kinds has. */
export interface Workload {
  apiVersion: string;
  kind: "Deployment" | "StatefulSet" | "CronJob" | "Job" | "Cluster";
  metadata: Deployment["metadata"];
  spec: Partial<Pick<Deployment["spec"], "replicas" | "template">> &
    Pick<Job["spec"], "suspend"> & { instances?: number };
  status?: Pick<NonNullable<Job["status"]>, "active"> &
    Pick<
      NonNullable<Deployment["status"]>,
      "observedGeneration" | "updatedReplicas" | "readyReplicas"
    > & { readyInstances?: number };
}

/** `Deployment mlflow`. */
export function label({ kind, metadata }: Workload): string {
  return `${kind} ${metadata.name}`;
}

/**
 * The objects of some kinds in the environment's namespace, or its own alone in one of others; a kind that the cluster
 * does not know has none.
 */
export async function listWorkloads(
  environment: Place,
  ...kinds: Workload["kind"][]
): Promise<Workload[]> {
  const own = ownLabels(environment);
  const lists = kinds.map((kind) => environment.objects.list<Workload>(kind, own));
  return (await Promise.all(lists)).flat();
}

/** Workloads by stage: clients fall asleep before what they reach. Waking goes the other way. */
export function sleepStages(workloads: readonly Workload[]): Workload[][] {
  return stagesOf(workloads, ({ metadata: { name }, spec }) => ({
    name,
    podLabels: spec.template?.metadata?.labels ?? {},
  }));
}

/**
 * Sets our fields of a workload in one request, so that an interruption leaves it as it was or as it should be.
 *
 * @param own all of them: an annotation that is not among them any more goes away.
 */
export async function setOwn(
  environment: Place,
  { apiVersion, kind, metadata: { name } }: Workload,
  { annotations, spec }: { annotations: Record<string, string>; spec?: object },
): Promise<void> {
  const metadata = { name, namespace: environment.namespace };
  await applyOwn(environment, {
    apiVersion,
    kind,
    metadata,
    annotations,
    ...(spec ? { spec } : {}),
  });
}

/** Whether as many replicas as wanted are ready and up to date; none are of a cluster that hibernates. */
export function isReady({ kind, metadata, spec, status = {} }: Workload): boolean {
  if (kind === "Cluster") {
    const wanted = metadata.annotations?.[HIBERNATION] === "on" ? 0 : (spec.instances ?? 1);
    return (status.readyInstances ?? 0) >= wanted;
  }
  const wanted = spec.replicas ?? 1;
  const seen = (status.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  return seen && (status.updatedReplicas ?? 0) >= wanted && (status.readyReplicas ?? 0) >= wanted;
}
