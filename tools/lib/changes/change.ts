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
): Pick<Change, "pods" | "proves"> {
  const pods = podChange(what, inputs, paths);
  return { ...(pods && { pods }), ...(provesAgain(what, paths) && { proves: true }) };
}

/** Whether that is all for which a Job is another one. @param paths of what changes. */
export function provesAgain({ op, kind }: Pick<Change, "op" | "kind">, paths: readonly string[]) {
  const programs = paths.filter((path) => path !== "metadata.name");
  const lent = programs.every((path) => path.startsWith("spec.template.spec.initContainers"));
  return op === "replace" && kind === "Job" && programs.length > 0 && lent;
}
