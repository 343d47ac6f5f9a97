import type { ResourceValidationPolicy } from "@pulumi/policy";
import { kindOf } from "./lib/resource.ts";

interface Scalable {
  metadata?: { name?: string; namespace?: string };
  spec: {
    replicas?: number;
    minReplicas?: number;
    maxReplicas?: number;
    scaleTargetRef?: { kind: string; name: string };
  };
}

/**
 * A replica count beside an autoscaler is undone at each `up`, in the middle of the load that raised it.
 *
 * Resources arrive one by one and in any order, so what was seen is remembered. (A stack validation would not
 * do: it gets outputs, where the cluster has filled in the count.)
 */
export function autoscalerOwnsReplicas(): ResourceValidationPolicy {
  const fixed = new Set<string>();
  const scaled = new Set<string>();
  return {
    name: "autoscaler-owns-replicas",
    description: "A workload with an autoscaler has no replica count of its own.",
    enforcementLevel: "mandatory",
    validateResource: (args, report) => {
      const kind = kindOf(args.type);
      const { metadata, spec } = args.props as Scalable;
      const path = (of: string, name = "") => `${metadata?.namespace ?? ""}/${of}/${name}`;
      if (kind === "Deployment" || kind === "StatefulSet") {
        if (spec.replicas === undefined) return;
        const key = path(kind, metadata?.name);
        fixed.add(key);
        if (scaled.has(key)) report(`${LEAVE_OUT} '${kind}'`);
      }
      if (kind === "HorizontalPodAutoscaler") {
        const { minReplicas = 1, maxReplicas = 1, scaleTargetRef } = spec;
        // Both the same is right: the autoscaler then only keeps the count, and lets it rest at zero.
        if (minReplicas > maxReplicas) {
          report(`'minReplicas' (${minReplicas}) exceeds 'maxReplicas' (${maxReplicas})`);
        }
        const key = path(scaleTargetRef?.kind ?? "", scaleTargetRef?.name);
        scaled.add(key);
        if (fixed.has(key)) report(`${LEAVE_OUT} '${key}'`);
      }
    },
  };
}

const LEAVE_OUT = "an autoscaler owns the count: leave 'spec.replicas' out of";
