import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks.js";
import type { StackConfig } from "./config/schema.ts";
import { type DataName, type DataRecord, type HeldData, losses } from "./lib/held-data.ts";

type Settings = Pick<
  StackConfig,
  "database" | "objectStore" | "monitoring" | "protect" | "allowDataLoss"
>;

/** What a stack's objects hold, in the namespace of that name. */
export function heldData(config: Settings, namespace: string): DataRecord {
  const { database, objectStore, monitoring, protect, allowDataLoss } = config;
  const held = (
    name: DataName,
    kind: HeldData["kind"],
    { size, storageClass }: { size: string; storageClass?: string | undefined },
  ): DataRecord => ({
    [name]: {
      ...{ kind, namespace, size },
      ...(storageClass === undefined ? {} : { storageClass }),
      protected: protect && !allowDataLoss.includes(name),
    },
  });
  const claim = "PersistentVolumeClaim";
  return {
    ...(database.kind === "bundled" && held("postgres-data", claim, database)),
    ...(database.kind === "cloudnative-pg" && held("postgres-data", "Cluster", database)),
    ...(objectStore.kind === "bundled" && held("object-store-data", claim, objectStore)),
    ...(monitoring.kind === "bundled" && held("prometheus-data", claim, monitoring)),
  };
}

/**
 * Refuses an edit that loses data, before anything is made, changed or deleted: the record of what the last `up` held is
 * the first resource, all others wait for it, and a hook compares it with what this one would hold
 * (docs/adr/0025-an-edit-loses-no-data.md).
 *
 * @returns the record, which is in the engine's state alone.
 */
export function guardData(record: DataRecord, allowed: readonly DataName[]): pulumi.Resource {
  if (allowed.length > 0) {
    void pulumi.log.warn(
      `slipway:allowDataLoss lets ${allowed.join(", ")} go: remove the key once that is done`,
    );
  }
  const compare = ({ oldInputs }: pulumi.ResourceHookArgs) => {
    const { input: before = {} }: { input?: DataRecord } = oldInputs ?? {};
    const found = losses(before, record, allowed);
    if (found.length > 0) throw new Error(refusal(found));
  };
  // `render` and tests have no state to compare with, and Pulumi's mocks take no hook.
  const hooks =
    pulumi.runtime.getMonitor() instanceof MockMonitor
      ? {}
      : { beforeUpdate: [new pulumi.ResourceHook("no-data-is-lost", compare, { onDryRun: true })] };
  const held = new pulumi.Stash("data", { input: record }, { hooks });
  pulumi.runtime.registerStackTransformation(({ type, props, opts }) => {
    // Components and the stack are folders, and the record cannot wait for itself.
    if (type.startsWith("slipway:") || type.startsWith("pulumi:")) return undefined;
    const others = pulumi.output(opts.dependsOn ?? []).apply((found) => [found].flat());
    return { props, opts: { ...opts, dependsOn: others.apply((found) => [held, ...found]) } };
  });
  return held;
}

/** What `npm run deploy` knows a refusal by, too: nothing is to be brought back. */
export const REFUSED = "this edit would lose data, and nothing was changed";

function refusal(found: readonly string[]): string {
  return [`${REFUSED}:`, ...found.map((line) => `- ${line}`)].join("\n");
}
