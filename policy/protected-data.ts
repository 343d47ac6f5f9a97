import type { ResourceValidationArgs, ResourceValidationPolicy } from "@pulumi/policy";
import { inProduction, kindOf, settingsSchema } from "./lib/resource.ts";

/** Kinds whose deletion takes data along: a namespace takes every claim inside it, CloudNativePG's Cluster its own. */
const HOLDS_DATA = new Set(["PersistentVolumeClaim", "Namespace", "Cluster"]);

/** In production nothing that holds data can go by a slip: neither by `destroy` nor by a replacement. */
export const protectedData: ResourceValidationPolicy = {
  name: "protected-data",
  description:
    "Production's claims and namespaces are protected; claims stand alone, in every stack.",
  enforcementLevel: "mandatory",
  configSchema: settingsSchema,
  validateResource: (args, report) => {
    const kind = kindOf(args.type);
    if (kind === undefined) return;
    if (inProduction(args) && HOLDS_DATA.has(kind) && !args.opts.protect && !mayGo(args)) {
      report(`set the resource option 'protect: true' on this ${kind}`);
    }
    const { spec } = args.props as { spec?: { volumeClaimTemplates?: unknown[] } };
    if (kind === "StatefulSet" && (spec?.volumeClaimTemplates ?? []).length > 0) {
      report(
        "'volumeClaimTemplates' make claims that nothing protects or records; use a standalone claim",
      );
    }
  },
};

/** What the stack file lets go by name, with `slipway:allowDataLoss`, says so. */
function mayGo({ props }: ResourceValidationArgs): boolean {
  const { metadata } = props as { metadata?: { annotations?: Record<string, string> } };
  return metadata?.annotations?.["slipway/data-loss"] === "allowed";
}
