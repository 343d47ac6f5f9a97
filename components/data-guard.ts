import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks.js";
import type { StackConfig } from "./config/schema.ts";
import { majorOf } from "./lib/image-names.ts";
import { type DataName, type DataRecord, type HeldData, losses } from "./lib/held-data.ts";
import { ALERTMANAGER_SIZE } from "./well-known.ts";

type Settings = Pick<
  StackConfig,
  | "database"
  | "images"
  | "objectStore"
  | "movedFrom"
  | "monitoring"
  | "backup"
  | "protect"
  | "allowDataLoss"
>;

/** What a stack's objects hold, in the namespace of that name. */
export function heldData(config: Settings, namespace: string): DataRecord {
  const { monitoring, backup, protect, allowDataLoss } = config;
  const held = (
    name: DataName,
    kind: HeldData["kind"],
    { size, storageClass }: { size: string; storageClass?: string | undefined },
    version: Pick<HeldData, "major" | "upgradeFrom"> = {},
  ): DataRecord => ({
    [name]: {
      ...{ kind, namespace, size },
      ...(storageClass === undefined ? {} : { storageClass }),
      ...version,
      protected: protect && !allowDataLoss.includes(name),
    },
  });
  const claim = "PersistentVolumeClaim";
  // What is in use, or else what was before a move.
  const databases = [config.database, config.movedFrom.database];
  const bundled = databases.find((one) => one?.kind === "bundled");
  const cluster = databases.find((one) => one?.kind === "cloudnative-pg");
  const stores = [config.objectStore, config.movedFrom.objectStore];
  const seaweedfs = stores.find((one) => one?.kind === "bundled");
  const minio = stores.find((one) => one?.kind === "minio");
  return {
    ...(bundled && held("postgres-data", claim, bundled, versionOf(config))),
    ...(cluster && held("postgres-cluster", "Cluster", cluster)),
    ...(seaweedfs && held("object-store-seaweedfs-data", claim, seaweedfs)),
    ...(minio && held("object-store-data", claim, minio)),
    ...(monitoring.kind === "bundled" && held("prometheus-data", claim, monitoring)),
    ...(monitoring.alerts && held("alertmanager-data", claim, { size: ALERTMANAGER_SIZE })),
    ...(backup && held("backup-data", claim, backup)),
  };
}

/** Of the server that is in use; a volume that was left is nobody's to read. */
function versionOf({ database, images }: Settings): Pick<HeldData, "major" | "upgradeFrom"> {
  const major = majorOf(images.postgres);
  if (database.kind !== "bundled" || major === undefined) return {};
  const { upgradeFrom } = database;
  return { major: Number(major), ...(upgradeFrom === undefined ? {} : { upgradeFrom }) };
}

/**
 * Refuses an edit that loses data, before anything of a component is made, changed or deleted: the record of what the last
 * `up` held is its first child, all others wait for it, and a hook compares it with what this one would hold
 * (docs/adr/0025-an-edit-loses-no-data.md).
 */
export class DataGuard {
  #held: pulumi.Stash | undefined;
  readonly #record: DataRecord;
  readonly #allowed: readonly DataName[];

  constructor(record: DataRecord, allowed: readonly DataName[]) {
    this.#record = record;
    this.#allowed = allowed;
  }

  /** For the option `transformations` of the component: makes its children wait. */
  readonly wait: pulumi.ResourceTransformation = ({ type, props, opts }) => {
    // Components are folders, and the record cannot wait for itself.
    const held = this.#held;
    if (held === undefined || type.startsWith("slipway:") || type.startsWith("pulumi:")) {
      return undefined;
    }
    const others = pulumi.output(opts.dependsOn ?? []).apply((found) => [found].flat());
    return { props, opts: { ...opts, dependsOn: others.apply((found) => [held, ...found]) } };
  };

  /** Makes the record, which is in the engine's state alone; before any other child of `parent`. */
  begin(name: string, parent: pulumi.Resource): void {
    if (this.#allowed.length > 0) {
      void pulumi.log.warn(
        `slipway:allowDataLoss lets ${this.#allowed.join(", ")} go: remove the key once that is done`,
      );
    }
    const compare = ({ oldInputs }: pulumi.ResourceHookArgs) => {
      const { input: before = {} }: { input?: DataRecord } = oldInputs ?? {};
      const found = losses(before, this.#record, this.#allowed);
      if (found.length > 0) throw new Error(refusal(found));
    };
    // `render` and tests have no state to compare with, and Pulumi's mocks take no hook.
    const hooks =
      pulumi.runtime.getMonitor() instanceof MockMonitor
        ? {}
        : {
            beforeUpdate: [
              new pulumi.ResourceHook(`no-data-is-lost-of-${name}`, compare, { onDryRun: true }),
            ],
          };
    this.#held = new pulumi.Stash("data", { input: this.#record }, { hooks, parent });
  }
}

/** What `npm run deploy` knows a refusal by, too: nothing is to be brought back. */
export const REFUSED = "this edit would lose data, and nothing was changed";

/** The record is the first thing that is made, so it outlives an `up` that failed right after it. */
const NOT_MADE_YET =
  "Where the first `up` failed before it made them, `pulumi destroy` takes away what there is, and what was noted.";

function refusal(found: readonly string[]): string {
  return [`${REFUSED}:`, ...found.map((line) => `- ${line}`), NOT_MADE_YET].join("\n");
}
