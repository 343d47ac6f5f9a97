import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { MANIFESTS } from "../../../tools/sandbox/stack.ts";
import { kubectl } from "./sandbox.ts";

interface Kind {
  apiVersion: string;
  kind: string;
}

/** Kinds that other stacks have beside the sandbox's. */
const ELSEWHERE: Kind[] = [
  { apiVersion: "networking.k8s.io/v1", kind: "Ingress" },
  { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role" },
  { apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding" },
];

/** What an API server says of the kinds that Slipway makes. */
export interface Served {
  /** Kinds that it does not serve, as `<apiVersion> <kind>`. */
  absent: string[];
  /** Resources of those kinds that it warns of when they are asked for, as `<group>/<version> <resource>`. */
  deprecated: string[];
}

/** Asks the API server's own discovery, and its count of requests for what will be removed. */
export async function served(): Promise<Served> {
  const absent: string[] = [];
  const ours = new Set<string>();
  for (const { apiVersion, kind } of await kindsOfOurs()) {
    const path = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const answer = await kubectl("get", "--raw", path).catch(() => '{"resources":[]}');
    const { resources } = JSON.parse(answer) as { resources: { kind: string; name: string }[] };
    const found = resources.find((one) => one.kind === kind && !one.name.includes("/"));
    if (found) ours.add(`${apiVersion} ${found.name}`);
    else absent.push(`${apiVersion} ${kind}`);
  }
  const metrics = await kubectl("get", "--raw", "/metrics");
  const asked = metrics.matchAll(/^apiserver_requested_deprecated_apis\{(.*)\} 1$/gm);
  const deprecated = [...asked]
    .map(([, labels = ""]) => {
      const label = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(labels)?.[1] ?? "";
      const group = label("group");
      return `${group === "" ? "" : `${group}/`}${label("version")} ${label("resource")}`;
    })
    .filter((resource) => ours.has(resource));
  return { absent, deprecated };
}

/** Of all that `render` wrote for the sandbox, and of other stacks, each once. */
async function kindsOfOurs(): Promise<Kind[]> {
  const files = (await readdir(MANIFESTS)).filter(
    (file) => file.endsWith(".yaml") && file !== "kustomization.yaml",
  );
  const rendered = await Promise.all(
    files.map(async (file) => parse(await readFile(join(MANIFESTS, file), "utf8")) as Kind),
  );
  const all = [...rendered, ...ELSEWHERE].map((kind) => [`${kind.apiVersion} ${kind.kind}`, kind]);
  return [...new Map(all as [string, Kind][]).values()];
}
