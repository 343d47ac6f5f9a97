import { z } from "zod";
import {
  type Change,
  OPERATIONS,
  type Operation,
  effectsOf,
  isThing,
  kindOf,
  nameOf,
} from "./change.ts";
import { isSecretive, shortValue } from "./properties.ts";

/** What a preview says, whether it succeeded or not. */
export interface Preview {
  changes: Change[];
  /** How many resources stay as they are. */
  same: number;
  violations: { policy: string; level: string; resource: string; message: string }[];
  errors: string[];
}

/** Steps of a replacement, and other names of ours. */
const STEPS: Record<string, Operation> = {
  "create-replacement": "replace",
  "delete-replaced": "replace",
  import: "create",
  ...Object.fromEntries(OPERATIONS.map((op) => [op, op])),
};

const state = z
  .object({ inputs: z.record(z.string(), z.unknown()).nullish() })
  .nullish()
  .transform((value) => value?.inputs ?? {});
const event = z.object({
  resourcePreEvent: z
    .object({
      metadata: z.object({
        op: z.string(),
        urn: z.string(),
        type: z.string(),
        old: state,
        new: state,
        diffs: z.array(z.string()).nullish(),
        detailedDiff: z.record(z.string(), z.unknown()).nullish(),
      }),
    })
    .optional(),
  policyEvent: z
    .object({
      resourceUrn: z.string().optional(),
      message: z.string(),
      policyName: z.string(),
      enforcementLevel: z.string(),
    })
    .optional(),
  diagnosticEvent: z.object({ severity: z.string(), message: z.string() }).optional(),
});
type Metadata = NonNullable<z.output<typeof event>["resourcePreEvent"]>["metadata"];

/** Reads the engine's events, one JSON object a line, as `pulumi preview --json` streams them. */
export function readEvents(lines: string): Preview {
  const changes = new Map<string, Change>();
  const preview: Preview = { changes: [], same: 0, violations: [], errors: [] };
  for (const line of lines.split("\n")) {
    if (!line.startsWith("{")) continue;
    const { resourcePreEvent, policyEvent, diagnosticEvent } = event.parse(JSON.parse(line));
    if (resourcePreEvent) note(resourcePreEvent.metadata, changes, preview);
    if (policyEvent) {
      const { policyName: policy, enforcementLevel: level, resourceUrn = "" } = policyEvent;
      const message = plainText(policyEvent.message);
      preview.violations.push({ policy, level, message, resource: nameOf(resourceUrn) });
    }
    if (diagnosticEvent?.severity === "error")
      preview.errors.push(plainText(diagnosticEvent.message));
  }
  // The engine's last word after a broken policy, which says it better.
  if (preview.violations.length > 0) {
    preview.errors = preview.errors.filter((error) => error !== "preview failed");
  }
  preview.changes = [...changes.values()];
  return preview;
}

function note(metadata: Metadata, changes: Map<string, Change>, preview: Preview): void {
  const { op, urn, type } = metadata;
  if (op === "same") preview.same += 1;
  const operation = STEPS[op];
  if (operation === undefined || !isThing(type)) return;
  const known = changes.get(urn)?.properties ?? [];
  const properties = operation === "create" || operation === "delete" ? [] : propertiesOf(metadata);
  const what = { op: operation, kind: kindOf(type), name: nameOf(urn) };
  changes.set(urn, {
    ...what,
    properties: [...new Set([...known, ...properties])],
    ...effectsOf(what, metadata.new, pathsOf(metadata)),
  });
}

function pathsOf({ diffs, detailedDiff }: Metadata): string[] {
  const paths = Object.keys(detailedDiff ?? {});
  return paths.length > 0 ? paths : (diffs ?? []);
}

function propertiesOf(metadata: Metadata): string[] {
  const { type, old, new: next } = metadata;
  const secretive = isSecretive(type);
  return pathsOf(metadata)
    .sort()
    .map((path) => {
      const [before, after] = [valueAt(old, path), valueAt(next, path)];
      if (secretive || (before === undefined && after === undefined)) return path;
      return `${path}: ${before ?? "none"} → ${after ?? "none"}`;
    });
}

/** A short plain value at a path such as `spec.ports[0].name` or `data["a.b"]`. */
function valueAt(inputs: Record<string, unknown>, path: string): string | undefined {
  let value: unknown = inputs;
  for (const [, quoted, part] of path.matchAll(/\["([^"]*)"\]|([^.[\]]+)/g)) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<string, unknown>)[quoted ?? part ?? ""];
  }
  return shortValue(value);
}

function plainText(coloured: string): string {
  return coloured.replaceAll(/<\{%[^%]*%\}>/g, "").trim();
}
