import { objects } from "./sandbox.ts";

type Tree = Record<string, unknown>;

/** Kinds that a deployment makes; what controllers derive from them (pods, replica sets) is left out. */
export const KINDS =
  "configmaps,deployments,horizontalpodautoscalers,jobs,limitranges,networkpolicies,persistentvolumeclaims,poddisruptionbudgets,resourcequotas,secrets,serviceaccounts,services,statefulsets";

/** What a cluster writes into an object by itself, or what differs from one creation to the next. */
const ASSIGNED = {
  metadata: [
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "managedFields",
    "finalizers",
  ],
  spec: ["clusterIP", "clusterIPs", "volumeName", "healthCheckNodePort"],
};

/**
 * The namespace's objects by `Kind/name`, without status and what the cluster assigns; a Secret shows
 * its keys and the lengths of its values.
 */
export async function snapshot(): Promise<Record<string, Tree>> {
  const all = await objects<Tree>(KINDS);
  const entries = all.map((object) => {
    const { name } = object["metadata"] as { name: string };
    return [`${String(object["kind"])}/${name}`, essence(object)] as const;
  });
  for (const [key, { spec }] of entries) {
    // Autoscalers have the names of what they scale, and own its replicas.
    const scaled = entries.find(([other]) => other === key.replace(/^Horizontal\w+/, "Deployment"));
    if (key.startsWith("Horizontal") && spec && scaled)
      delete (scaled[1]["spec"] as Tree)["replicas"];
  }
  return Object.fromEntries(
    entries.filter(([key]) => !DERIVED.test(key)).sort(([a], [b]) => a.localeCompare(b)),
  );
}

/** Objects that belong to the cluster, or are kubectl's own note of what it applied. */
const DERIVED = /^(ConfigMap\/kube-root-ca|ServiceAccount\/default$|Secret\/slipway-sandbox$)/;

/** Labels and annotations that kubectl's pruning and Kubernetes' controllers write. */
const CONTROLLERS =
  /^(applyset|deployment|pv|volume|batch)\.kubernetes\.io\/|^autoscaling\.alpha\./;

function essence(object: Tree): Tree {
  const rest = without(object, ["status"]);
  const metadata = without(rest["metadata"] as Tree, ASSIGNED.metadata);
  const spec = without((rest["spec"] ?? {}) as Tree, ASSIGNED.spec);
  const [labels, annotations] = ["labels", "annotations"].map((field) =>
    Object.fromEntries(
      Object.entries((metadata[field] ?? {}) as Tree).filter(([key]) => !CONTROLLERS.test(key)),
    ),
  );
  const data = object["kind"] === "Secret" ? lengths((rest["data"] ?? {}) as Tree) : rest["data"];
  return JSON.parse(
    JSON.stringify({
      ...rest,
      metadata: { ...metadata, labels, annotations },
      spec: stripJob(spec),
      data,
    }),
  ) as Tree;
}

/** A Job's selector and the labels that follow from it are made of its uid. */
function stripJob(spec: Tree): Tree {
  return JSON.parse(JSON.stringify(spec), (key, value: unknown) =>
    key.endsWith("controller-uid") ? undefined : value,
  ) as Tree;
}

function without(tree: Tree, keys: string[]): Tree {
  return Object.fromEntries(Object.entries(tree).filter(([key]) => !keys.includes(key)));
}

function lengths(data: Tree): Tree {
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(String(value), "base64").length]),
  );
}
