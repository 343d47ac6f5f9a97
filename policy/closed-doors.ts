import type { ReportViolation, ResourceValidationPolicy } from "@pulumi/policy";
import { inProduction, kindOf, settingsSchema } from "./lib/resource.ts";

/**
 * In production people come in through one endpoint with TLS: no node ports, no load balancer in front of plain HTTP.
 * The name is what a policy configuration file says: under another one, its settings would be lost without a word.
 */
export const closedDoors: ResourceValidationPolicy = {
  name: "closed-doors",
  description: "Production has no NodePort and no public endpoint without TLS.",
  enforcementLevel: "mandatory",
  configSchema: settingsSchema,
  validateResource: (args, report) => {
    const check = CHECKS[kindOf(args.type) ?? ""];
    if (check !== undefined && inProduction(args)) check(args.props as Exposure, report);
  },
};

/** The fields of a Service, Ingress, Route, Gateway and HTTPRoute that decide who gets in, and how. */
interface Exposure {
  spec: {
    type?: string;
    rules?: { host?: string }[];
    tls?: { hosts?: string[] }[] | { insecureEdgeTerminationPolicy?: string };
    listeners?: { name: string; protocol: string }[];
    parentRefs?: { kind?: string; name: string; sectionName?: string }[];
  };
}

const CHECKS: Record<string, (props: Exposure, report: ReportViolation) => void> = {
  Service({ spec: { type } }, report) {
    if (type === "NodePort" || type === "LoadBalancer") {
      report(`'spec.type' (${type}) opens a port without TLS; use an endpoint with TLS`);
    }
  },
  Ingress({ spec: { rules = [], tls = [] } }, report) {
    const covered = Array.isArray(tls) ? tls.flatMap(({ hosts }) => hosts ?? []) : [];
    for (const { host = "*" } of rules) {
      if (!covered.includes(host)) report(`host '${host}' is missing in 'spec.tls'`);
    }
  },
  Route({ spec: { tls } }, report) {
    if (tls === undefined) {
      report("set 'spec.tls.termination'");
    } else if (!Array.isArray(tls) && tls.insecureEdgeTerminationPolicy === "Allow") {
      report("'spec.tls.insecureEdgeTerminationPolicy' (Allow) serves plain HTTP; use Redirect");
    }
  },
  Gateway({ spec: { listeners = [] } }, report) {
    for (const { name, protocol } of listeners) {
      if (protocol !== "HTTPS" && protocol !== "TLS") {
        report(`listener '${name}' speaks ${protocol}; use HTTPS`);
      }
    }
  },
  HTTPRoute({ spec: { parentRefs = [] } }, report) {
    for (const { kind = "Gateway", name, sectionName } of parentRefs) {
      if (kind === "Gateway" && sectionName === undefined) {
        report(
          `'spec.parentRefs' attaches to every listener of '${name}', plain HTTP too; name the HTTPS one in 'sectionName'`,
        );
      }
    }
  },
};
