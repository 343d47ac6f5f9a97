import type { ResourceValidationPolicy } from "@pulumi/policy";
import { inProduction, kindOf, settingsSchema } from "./lib/resource.ts";

/** Kinds whose deletion takes data along: a namespace takes every claim inside it, CloudNativePG's Cluster its own. */
const HOLDS_DATA = new Set(["PersistentVolumeClaim", "Namespace", "Cluster"]);

/** In production nothing that holds data can go by a slip: neither by `destroy` nor by a replacement. */
export const protectedData: ResourceValidationPolicy = {
  name: "protected-data",
  description: "Production's claims and namespaces are protected; claims stand alone.",
  enforcementLevel: "mandatory",
  configSchema: settingsSchema,
  validateResource: (args, report) => {
    const kind = kindOf(args.type);
    if (kind === undefined || !inProduction(args)) return;
    if (HOLDS_DATA.has(kind) && !args.opts.protect) {
      report(`set the resource option 'protect: true' on this ${kind}`);
    }
    const { spec } = args.props as { spec?: { volumeClaimTemplates?: unknown[] } };
    if (kind === "StatefulSet" && (spec?.volumeClaimTemplates ?? []).length > 0) {
      report("'volumeClaimTemplates' make claims that cannot be protected; use a standalone claim");
    }
  },
};
