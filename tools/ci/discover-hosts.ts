import { z } from "zod";
import { nodePortsOf } from "../lib/node-ports.ts";
import { Failure } from "../lib/failure.ts";
import type { Environment } from "../lib/stack/environment.ts";
import { ownOnly } from "../lib/stack/environment.ts";

/** One address under which a Service is reached from outside. */
export interface Host {
  /** Name of the Service, e.g. `ui`. */
  service: string;
  /** E.g. `https://slipway.example.com`. */
  url: string;
  /** Kind of the object that says so. */
  by: "Route" | "Ingress" | "HTTPRoute" | "NodePort";
}

const metadata = z.object({
  name: z.string(),
  namespace: z.string().optional(),
  labels: z.record(z.string(), z.string()).optional(),
});
const route = z.object({
  spec: z.object({
    host: z.string().optional(),
    to: z.object({ name: z.string() }),
    tls: z.unknown().optional(),
  }),
  status: z
    .object({ ingress: z.array(z.object({ host: z.string().optional() })).optional() })
    .optional(),
});
const ingress = z.object({
  spec: z.object({
    tls: z.array(z.object({ hosts: z.array(z.string()).optional() })).optional(),
    rules: z
      .array(
        z.object({
          host: z.string().optional(),
          http: z
            .object({
              paths: z.array(
                z.object({
                  backend: z.object({ service: z.object({ name: z.string() }).optional() }),
                }),
              ),
            })
            .optional(),
        }),
      )
      .optional(),
  }),
});
const httpRoute = z.object({
  spec: z.object({
    hostnames: z.array(z.string()).optional(),
    parentRefs: z
      .array(
        z.object({
          name: z.string(),
          namespace: z.string().optional(),
          sectionName: z.string().optional(),
        }),
      )
      .optional(),
    rules: z
      .array(z.object({ backendRefs: z.array(z.object({ name: z.string() })).optional() }))
      .optional(),
  }),
});
const gateway = z.object({
  spec: z.object({ listeners: z.array(z.object({ name: z.string(), protocol: z.string() })) }),
});
const service = z.object({
  metadata,
  spec: z.object({
    type: z.string(),
    ports: z.array(z.object({ port: z.number(), nodePort: z.number().optional() })).optional(),
  }),
});
const node = z.object({
  status: z.object({ addresses: z.array(z.object({ type: z.string(), address: z.string() })) }),
});

/** Every address of an environment, by Service; asked of the cluster, never read from a file. */
export async function discoverHosts(environment: Environment): Promise<Host[]> {
  const list = lister(environment);
  const found = await Promise.all([
    routes(list),
    ingresses(list),
    httpRoutes(list, environment),
    nodePorts(list),
  ]);
  return found.flat().sort((a, b) => a.service.localeCompare(b.service, "en"));
}

type List = <T>(kind: string, item: z.ZodType<T>) => Promise<T[]>;

function lister(environment: Environment): List {
  const { kubectl, namespace, context } = environment;
  return async (kind, item) => {
    const own = kind === "nodes" ? [] : ownOnly(environment);
    const get = ["-n", namespace, "get", kind, ...own, "-o", "json"];
    const asked = await kubectl(get, { reject: false });
    if (!asked.failed)
      return z.object({ items: z.array(item) }).parse(JSON.parse(asked.stdout)).items;
    // A cluster without OpenShift's router or the Gateway API has none of these.
    if (/doesn't have a resource type|could not find the requested resource/.test(asked.stderr))
      return [];
    throw new Failure(
      `${kind} of ${namespace} can't be listed in '${context}', allow the account to: ${asked.stderr}`,
    );
  };
}

async function routes(list: List): Promise<Host[]> {
  const found = (await list("routes.route.openshift.io", route)).flatMap(({ spec, status }) => {
    const host = status?.ingress?.[0]?.host ?? spec.host;
    return host === undefined
      ? []
      : [{ service: spec.to.name, url: address(spec.tls != null, host), by: "Route" as const }];
  });
  // A prediction API has a Route for each path, all of one host.
  return [...new Map(found.map((one) => [`${one.service} ${one.url}`, one])).values()];
}

async function ingresses(list: List): Promise<Host[]> {
  return (await list("ingresses.networking.k8s.io", ingress)).flatMap(({ spec }) => {
    const secure = new Set(spec.tls?.flatMap(({ hosts = [] }) => hosts));
    return (spec.rules ?? []).flatMap(({ host, http }) => {
      const name = http?.paths[0]?.backend.service?.name;
      if (host === undefined || name === undefined) return [];
      return [{ service: name, url: address(secure.has(host), host), by: "Ingress" as const }];
    });
  });
}

async function httpRoutes(list: List, { kubectl, namespace }: Environment): Promise<Host[]> {
  const found = await list("httproutes.gateway.networking.k8s.io", httpRoute);
  const hosts = found.map(async ({ spec }): Promise<Host[]> => {
    const host = spec.hostnames?.[0];
    const name = spec.rules?.[0]?.backendRefs?.[0]?.name;
    const parent = spec.parentRefs?.[0];
    if (host === undefined || name === undefined || parent === undefined) return [];
    const where = ["-n", parent.namespace ?? namespace];
    const asked = await kubectl(
      [...where, "get", "gateways.gateway.networking.k8s.io", parent.name, "-o", "json"],
      {
        reject: false,
      },
    );
    // Whoever may not look at the gateway is told the safe scheme; it is wrong at worst, never open.
    const secure =
      asked.failed ||
      gateway
        .parse(JSON.parse(asked.stdout))
        .spec.listeners.filter((one) => [undefined, one.name].includes(parent.sectionName))
        .some(({ protocol }) => protocol !== "HTTP");
    return [{ service: name, url: address(secure, host), by: "HTTPRoute" }];
  });
  return (await Promise.all(hosts)).flat();
}

async function nodePorts(list: List): Promise<Host[]> {
  const open = (await list("services", service)).filter(({ spec }) => spec.type === "NodePort");
  if (open.length === 0) return [];
  const [first] = await list("nodes", node);
  const of = (type: string) => first?.status.addresses.find((one) => one.type === type)?.address;
  const host = of("ExternalIP") ?? of("InternalIP") ?? "localhost";
  return nodePortsOf(open).map(({ service, nodePort }) => {
    return { service, url: address(false, `${host}:${nodePort}`), by: "NodePort" };
  });
}

function address(secure: boolean, host: string): string {
  return `${secure ? "https" : "http"}://${host}`;
}
