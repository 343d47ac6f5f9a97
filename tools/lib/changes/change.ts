/** What can happen to one resource. */
export const OPERATIONS = ["create", "update", "replace", "delete"] as const;
export type Operation = (typeof OPERATIONS)[number];

/** What happens to one resource. */
export interface Change {
  op: Operation;
  /** E.g. `Deployment` or `RandomPassword`. */
  kind: string;
  /** Logical name. */
  name: string;
  /** Properties that change, e.g. `spec.replicas: 2 → 3`; a secret's value is never among them. */
  properties: string[];
  /** How its running pods are replaced by others; absent where they run on, or it has none. */
  pods?: PodChange;
  /** A Job that runs again for another prediction API: it proves what is promoted, and trains only where its YAML changes as well. */
  proves?: true;
  /** A Job that runs again for other keys: it signs anew what is promoted, and trains only where its YAML changes as well. */
  signs?: true;
}

/** `rolling`: a new pod answers before an old one goes. `recreate`: the old ones go first. */
export type PodChange = "rolling" | "recreate";

/** Components, the stack and the record of data are notes of the engine's: nothing of them runs. */
export function isThing(type: string): boolean {
  return !type.startsWith("slipway:") && !type.startsWith("pulumi:");
}

/** Kind of a resource by its type, e.g. `Deployment` of `kubernetes:apps/v1:Deployment`. */
export function kindOf(type: string): string {
  return type.split(":").at(-1) ?? type;
}

/** Logical name of a resource by its URN. */
export function nameOf(urn: string): string {
  return urn.split("::").at(-1) ?? urn;
}

/**
 * How the pods of a workload are replaced.
 *
 * @param inputs of the workload as it will be, @param paths of what changes, e.g. `spec.template.spec`.
 */
export function podChange(
  { op, kind }: Pick<Change, "op" | "kind">,
  inputs: Record<string, unknown>,
  paths: readonly string[],
): PodChange | undefined {
  if (kind !== "Deployment" && kind !== "StatefulSet") return undefined;
  if (op === "replace") return "recreate";
  if (op !== "update" || !paths.some((path) => /^spec(\.template\b|$)/.test(path)))
    return undefined;
  const { spec } = inputs as { spec?: { strategy?: { type?: string } } };
  return kind === "StatefulSet" || spec?.strategy?.type === "Recreate" ? "recreate" : "rolling";
}

/** What a change does to what runs: `inputs` of the resource as it will be, `paths` of what changes. */
export function effectsOf(
  what: Pick<Change, "op" | "kind">,
  inputs: Record<string, unknown>,
  paths: readonly string[],
): Pick<Change, "pods" | "proves" | "signs"> {
  const pods = podChange(what, inputs, paths);
  return { ...(pods && { pods }), ...doneAgain(what, paths) };
}

/** The program that a Job is lent, and the checksum of its keys: what it is another one for without a training. */
const LENT = "spec.template.spec.initContainers";
const KEYS = "spec.template.metadata.annotations";

/** What a Job does that is another one for nothing else. @param paths of what changes. */
export function doneAgain(
  { op, kind }: Pick<Change, "op" | "kind">,
  paths: readonly string[],
): Pick<Change, "proves" | "signs"> {
  const changed = paths.filter((path) => path !== "metadata.name");
  const [lent, keys] = [LENT, KEYS].map((start) =>
    changed.filter((path) => path.startsWith(start)),
  );
  const trains = changed.length > (lent?.length ?? 0) + (keys?.length ?? 0);
  if (op !== "replace" || kind !== "Job" || trains) return {};
  return { ...(lent?.length && { proves: true }), ...(keys?.length && { signs: true }) };
}
