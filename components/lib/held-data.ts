import { parseQuantity } from "./quantity.ts";

/** What holds data, as a stack file and messages name it. A name stays here as long as a stack may have it. */
export const DATA = [
  "postgres-data",
  "postgres-cluster",
  "object-store-seaweedfs-data",
  "object-store-data",
  "prometheus-data",
  "alertmanager-data",
  "backup-data",
] as const;
export type DataName = (typeof DATA)[number];

const DATABASE = "MLflow's runs, registered models and accounts";
const OBJECTS = "the models and artifacts themselves";

/** What would be gone with the data. */
const MEANING: Record<DataName, string> = {
  "postgres-data": DATABASE,
  "postgres-cluster": DATABASE,
  "object-store-seaweedfs-data": OBJECTS,
  "object-store-data": OBJECTS,
  "prometheus-data": "the metrics so far",
  "alertmanager-data": "silences, and who was told of which alert",
  "backup-data":
    "backups that are kept on it, and the generated password that opens those elsewhere",
};

/** Where data lies. */
export interface HeldData {
  /** A claim of ours, or a cluster of CloudNativePG, which makes claims. */
  kind: "PersistentVolumeClaim" | "Cluster";
  namespace: string;
  /** Size of the volume, e.g. `5Gi`. */
  size: string;
  /** @default the cluster's default class */
  storageClass?: string;
  /** Major version of the server that reads it, which reads no other's data. @default not known */
  major?: number;
  /** The one before, whose data were copied and put aside. @default none */
  upgradeFrom?: number;
  /** Whether the engine itself keeps it, with `protect`. */
  protected: boolean;
}

/** Everything that an environment holds, by name. */
export type DataRecord = Partial<Record<DataName, HeldData>>;

/** What `npm run move` can take along, and how it calls it. */
const MOVABLE: Partial<Record<DataName, string>> = {
  "postgres-data": "database",
  "postgres-cluster": "database",
  "object-store-seaweedfs-data": "artifacts",
  "object-store-data": "artifacts",
};

/** How a stack file goes on with what its default was in an earlier Slipway. */
const STAYS: Partial<Record<DataName, string>> = {
  "object-store-data": "slipway:objectStore: { kind: minio } goes on with it",
};

/** The annotation of what a stack file lets go, for policies and people. */
export const MAY_GO = { "slipway/data-loss": "allowed" };

/**
 * Why an edit must not be made: what it would lose although no key says so, one line each.
 *
 * @param before what the last `up` made, @param after what this one would, @param allowed what may go.
 */
export function losses(
  before: DataRecord,
  after: DataRecord,
  allowed: readonly DataName[],
): string[] {
  return DATA.flatMap((name) => {
    const [old, next] = [ofToday(before)[name], after[name]];
    if (old === undefined) return [];
    const fate = fateOf(old, next);
    if (fate === undefined) return [];
    const what = `${name} (${old.size}: ${MEANING[name]}) ${fate.text}`;
    if (fate.never) return [`${what}: ${fate.never}`];
    if (!allowed.includes(name)) {
      const moved = MOVABLE[name];
      const along = moved
        ? `, or take it along first: npm run move -- ${moved} (docs/runbooks/move-data.md)`
        : "";
      const stays = STAYS[name] ? `; ${STAYS[name]}` : "";
      return [`${what}. Where it may go, say so: slipway:allowDataLoss: [${name}]${along}${stays}`];
    }
    if (!old.protected) return [];
    return [
      `${what}, and is protected. Deploy once with slipway:allowDataLoss: [${name}] alone, which takes the protection off; ` +
        "then make this edit",
    ];
  });
}

/** A cluster had the name of a claim, as long as there could not be both. */
function ofToday({ "postgres-data": data, ...others }: DataRecord): DataRecord {
  if (data === undefined) return others;
  return { ...others, [data.kind === "Cluster" ? "postgres-cluster" : "postgres-data"]: data };
}

interface Fate {
  text: string;
  /** Why no key allows it, and the remedy. */
  never?: string;
}

function fateOf(old: HeldData, next: HeldData | undefined): Fate | undefined {
  if (next === undefined) return { text: "would be deleted" };
  if (next.namespace !== old.namespace) {
    return { text: `would be deleted, for an empty one in namespace ${next.namespace}` };
  }
  // The operator leaves volumes that exist as they are.
  if (old.kind === "PersistentVolumeClaim" && next.storageClass !== old.storageClass) {
    const [from, to] = [old, next].map(({ storageClass = "the default class" }) => storageClass);
    return { text: `would be replaced by an empty one (${from} → ${to})` };
  }
  const other = otherVersion(old, next);
  if (other) return other;
  if (parseQuantity(next.size) >= parseQuantity(old.size)) return undefined;
  const never = `Kubernetes makes no volume smaller. Leave the size at ${old.size} or more, or move the data to a new one`;
  return { text: `cannot shrink to ${next.size}`, never };
}

/** Another major version of the server, unless its data were put aside; the way back needs no further key. */
function otherVersion(old: HeldData, next: HeldData): Fate | undefined {
  const [from, to] = [old.major, next.major];
  if (from === undefined || to === undefined || from === to) return undefined;
  if (next.upgradeFrom === from || old.upgradeFrom === to) return undefined;
  const never =
    "copy them into the new one and put the old ones aside, as docs/runbooks/postgres-major-upgrade.md says, " +
    `then say so: slipway:database.upgradeFrom: ${from}`;
  return { text: `are of Postgres ${from}, which ${to} does not read`, never };
}
