import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import { kindOf } from "./lib/resource.ts";

/** What the program's record says of one thing that holds data. */
interface Recorded {
  kind: string;
  namespace: string;
  size: string;
}

/**
 * The program refuses an edit that loses data by comparing its record of them, which no policy can: the engine shows
 * policies what will be, never what was. So this one sees to it that the record leaves nothing out.
 */
export const recordedData: StackValidationPolicy = {
  name: "recorded-data",
  description: "Whatever holds data is in the record by which the program refuses to lose it.",
  enforcementLevel: "mandatory",
  validateStack: ({ resources }, report) => {
    const known = resources.flatMap(recordIn);
    for (const resource of resources) {
      const held = heldBy(resource);
      if (held === undefined || known.some(([name, entry]) => isOf(held, name, entry))) continue;
      const { kind, name, size } = held;
      report(
        `${kind} '${name}' (${size}) is not in the record of data: add it to 'heldData' in components/data-guard.ts, or an edit ` +
          "may lose it unnoticed",
        resource.urn,
      );
    }
  },
};

type Held = Recorded & { name: string };

/** The entries of a record, of which each Slipway of a program has one; nothing of what else is stashed. */
function recordIn({ type, name, props }: PolicyResource): [string, Recorded][] {
  if (type !== "pulumi:index:Stash" || name !== RECORD) return [];
  return Object.entries((props as { input?: Record<string, Recorded> }).input ?? {});
}

/** Logical name of a record. */
const RECORD = "data";

interface HolderProps {
  metadata?: { name?: string; namespace?: string };
  spec?: { resources?: { requests?: { storage?: string } }; storage?: { size?: string } };
}

function heldBy({ type, props }: PolicyResource): Held | undefined {
  const kind = kindOf(type);
  const { metadata = {}, spec } = props as HolderProps;
  // What an `up --target` leaves unmade has no name.
  if (metadata.name === undefined) return undefined;
  const { name, namespace = "" } = metadata;
  if (kind === "PersistentVolumeClaim")
    return { kind, name, namespace, size: spec?.resources?.requests?.storage ?? "" };
  if (kind === "Cluster" && type.startsWith("kubernetes:postgresql.cnpg.io/"))
    return { kind, name: `${name}-cluster`, namespace, size: spec?.storage?.size ?? "" };
  return undefined;
}

/** Beside objects of others a claim's name begins with the environment's. */
function isOf(held: Held, name: string, { kind, namespace, size }: Recorded): boolean {
  const named = held.name === name || held.name.endsWith(`-${name}`);
  return named && held.kind === kind && held.namespace === namespace && held.size === size;
}
