import { hasLabels } from "../../../components/lib/labels.ts";
import { Failure } from "../failure.ts";
import type { Environment } from "./environment.ts";

/** An operation that a state was told of when it began, and never again. */
interface Pending {
  type: "creating" | "updating" | "deleting" | "reading" | "importing";
  resource: Resource & { inputs?: { apiVersion?: string; metadata?: Metadata } };
}

/** One entry of a state, as far as it matters here. */
interface Resource {
  urn: string;
  type: string;
  id?: string;
  outputs?: object;
  /** Of an entry that stands only until its object is deleted. */
  delete?: boolean;
  /** Of an entry whose object is deleted already, and that stands only until the new one is made. */
  pendingReplacement?: boolean;
}

/** A state with what was begun. */
export interface Begun {
  resources?: Resource[];
  pending_operations?: Pending[];
}

interface Metadata {
  name?: string;
  namespace?: string;
  labels?: Record<string, string>;
  managedFields?: { manager: string; operation: string }[];
}

/** An object in the cluster: its id as the Kubernetes provider forms it, and as whom that provider made it. */
export interface Found {
  id: string;
  fieldManager: string | undefined;
}

/** Types of the Kubernetes provider: `kubernetes:apps/v1:Deployment`, `kubernetes:core/v1:Secret`. */
const KUBERNETES = /^kubernetes:(?:core|([\w.-]+))\/(\w+):(\w+)$/;

/** An object that this stack created; undefined where it did not. */
export async function inCluster(
  { kubectl, context }: Environment,
  { type, inputs = {} }: Pending["resource"],
): Promise<Found | undefined> {
  const [, group = "", version, kind] = KUBERNETES.exec(type) ?? [];
  const { name, namespace, labels = {} } = inputs.metadata ?? {};
  if (version === undefined || kind === undefined || name === undefined) return undefined;
  const place = namespace === undefined ? [] : ["-n", namespace];
  const output = ["-o", "json", "--show-managed-fields", "--ignore-not-found"];
  const get = ["get", `${kind}.${version}.${group}`, name, ...output];
  const run = await kubectl([...place, ...get], { reject: false });
  if (run.failed && /NotFound|doesn't have a resource type/.test(run.stderr)) return undefined;
  if (run.failed) throw new Failure(`cluster '${context}' does not answer: ${run.stderr}`);
  if (run.stdout === "") return undefined;
  const { metadata } = JSON.parse(run.stdout) as { metadata: Metadata };
  if (!hasLabels(metadata, labels)) {
    throw new Failure(
      `${kind} ${name} is in the cluster without the labels of this stack, so it is somebody else's: rename or remove it, then deploy`,
    );
  }
  return {
    id: namespace === undefined ? name : `${namespace}/${name}`,
    fieldManager: metadata.managedFields?.find(
      ({ manager, operation }) => manager.startsWith("pulumi-kubernetes") && operation === "Apply",
    )?.manager,
  };
}

/**
 * A state that has what was being created and came to be, and in which nothing is begun any more; reading the cluster fills in
 * how it is. The entry of another object that was to be replaced is left to be deleted, as the engine does; that of
 * one that was deleted first goes, also where the new one has its name: the engine would make that a second time.
 *
 * @param made what came to be, by URN.
 */
export function withMade(state: Begun, made: ReadonlyMap<string, Found>): Begun {
  const { resources = [], pending_operations: begun = [] } = state;
  const taken = begun.flatMap(({ resource }) => {
    const found = made.get(resource.urn);
    if (found === undefined || resources.some(isCurrent(resource.urn, found.id))) return [];
    const { id, fieldManager } = found;
    const outputs = {
      __initialApiVersion: resource.inputs?.apiVersion,
      __fieldManager: fieldManager,
    };
    return [{ ...resource, id, outputs }];
  });
  // In the place of an entry whose object is gone, as what needs it stands behind that.
  const place = ({ urn, pendingReplacement }: Resource) =>
    pendingReplacement ? taken.find((one) => one.urn === urn) : undefined;
  const kept = resources.map((one) => {
    const leaves = taken.some(({ urn }) => isCurrent(urn)(one));
    return place(one) ?? (leaves ? { ...one, delete: true } : one);
  });
  const more = taken.filter((one) => !kept.includes(one));
  return { ...state, resources: [...kept, ...more], pending_operations: [] };
}

function isCurrent(urn: string, id?: string): (one: Resource) => boolean {
  return (one) =>
    one.urn === urn &&
    one.delete !== true &&
    one.pendingReplacement !== true &&
    (id === undefined || one.id === id);
}
