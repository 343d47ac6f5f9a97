import { isDeepStrictEqual } from "node:util";
import { type Evaluated, type Evaluation, plain } from "../program/evaluate.ts";
import { type Change, effectsOf, isThing, kindOf } from "./change.ts";
import { propertiesBetween } from "./properties.ts";
import { replaces } from "./replaces.ts";

/**
 * What an `up` would do that makes `after` of `before`, without an engine: by the inputs of both, and the properties that
 * providers replace a resource for. What only an engine knows is missing: other values of generated passwords, drift.
 */
export function compare(before: Evaluation, after: Evaluation): Change[] {
  const [old, next] = [byUrn(before), byUrn(after)];
  const changes: Change[] = [];
  const kept = new Set<Evaluated>();
  for (const resource of next.values()) {
    // Also by its aliases, as the engine does: a renamed resource is none that goes and another that comes.
    const known = resource.urns.map((urn) => old.get(urn)).find((one) => one !== undefined);
    if (known) kept.add(known);
    const change = known ? changed(known, resource) : described("create", resource, []);
    if (change) changes.push(change);
  }
  for (const resource of old.values()) {
    if (!kept.has(resource)) changes.push(described("delete", resource, []));
  }
  return withDependents(changes, next.values());
}

/** How many resources of an evaluation something runs or is kept by, as a count of changes counts them. */
export function countOf(evaluation: Evaluation): number {
  return byUrn(evaluation).size;
}

/**
 * A claim is deleted before its namesake is made, and the engine then replaces the workload that mounts it, too: while the
 * claim's name is not known, nor is the whole specification that contains it.
 */
function withDependents(changes: Change[], resources: Iterable<Evaluated>): Change[] {
  const claims = changes.filter(({ op, kind }) => op === "replace" && kind === CLAIM);
  const names = claims.map(({ name }) => name);
  const mounting = [...resources].filter(({ type, name }) => {
    return kindOf(type) === "StatefulSet" && names.includes(name);
  });
  const replaced = mounting.map((one) => described("replace", one, ["spec"]));
  const isReplaced = ({ kind, name }: Change) =>
    replaced.some((one) => one.kind === kind && one.name === name);
  return [...changes.filter((change) => !isReplaced(change)), ...replaced];
}

/** Has the logical name of the workload that mounts it. */
const CLAIM = "PersistentVolumeClaim";

function byUrn({ resources }: Evaluation): Map<string, Evaluated> {
  const things = resources.filter(({ type }) => isThing(type));
  return new Map(things.map((one) => [one.urns[0] ?? "", one]));
}

function changed(old: Evaluated, next: Evaluated): Change | undefined {
  const [was, is] = [plain(old.inputs), plain(next.inputs)];
  const paths = differences(was, is);
  if (paths.length === 0) return undefined;
  const op = paths.some((path) => replaces(next.type, path)) ? "replace" : "update";
  const properties = propertiesBetween(next.type, was, is, paths);
  return { ...described(op, next, paths), properties };
}

function described(op: Change["op"], { type, name, inputs }: Evaluated, paths: string[]): Change {
  const kind = kindOf(type);
  const effects = effectsOf({ op, kind }, plain(inputs) as Record<string, unknown>, paths);
  return { op, kind, name, properties: paths, ...effects };
}

/** Paths of what differs, as deep as both sides are objects, e.g. `spec.template.spec.containers`. */
function differences(old: unknown, next: unknown, path = ""): string[] {
  if (isDeepStrictEqual(old, next)) return [];
  if (!isRecord(old) || !isRecord(next)) return [path];
  const keys = [...new Set([...Object.keys(old), ...Object.keys(next)])].sort();
  return keys.flatMap((key) =>
    differences(old[key], next[key], path === "" ? key : `${path}.${key}`),
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
