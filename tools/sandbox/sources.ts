/** One or more commands that are built from a public Go module at a fixed version. */
export interface GoSource {
  /** Name in messages and in the cache. */
  name: string;
  /** Module path. */
  module: string;
  /** Module version, e.g. `v1.36.3`. */
  version: string;
  /** Main packages, relative to the module; the last path element names the binary. @default [""] */
  packages?: string[];
  /** Extra `-X` linker settings. */
  variables?: Record<string, string>;
}

const KUBERNETES = "v1.36.3";

/** Kubernetes itself: control plane, node and tools. */
export const KUBERNETES_SOURCE: GoSource = {
  name: "kubernetes",
  module: "k8s.io/kubernetes",
  version: KUBERNETES,
  packages: [
    "cmd/kubectl",
    "cmd/kubeadm",
    "cmd/kube-apiserver",
    "cmd/kube-controller-manager",
    "cmd/kube-scheduler",
    "cmd/kubelet",
    "cmd/kube-proxy",
  ],
  variables: {
    "k8s.io/component-base/version.gitVersion": KUBERNETES,
    "k8s.io/component-base/version.gitMajor": "1",
    "k8s.io/component-base/version.gitMinor": KUBERNETES.split(".")[1] ?? "",
  },
};

/** The cluster's store. Its main package lies at the module's root, whose last element is `server`. */
export const ETCD: GoSource = {
  name: "etcd",
  module: "go.etcd.io/etcd/server/v3",
  version: "v3.7.3",
};

/** What runs as pods: built here, packed by the Dockerfiles under `images/`. */
export const ADDON_SOURCES: readonly GoSource[] = [
  { name: "coredns", module: "github.com/coredns/coredns", version: "v1.15.0" },
  {
    name: "metrics-server",
    module: "sigs.k8s.io/metrics-server",
    version: "v0.9.0",
    packages: ["cmd/metrics-server"],
  },
  {
    name: "local-path-provisioner",
    module: "github.com/rancher/local-path-provisioner",
    version: "v0.0.30",
  },
];

/** The load generator behind `npm run loadtest` where k6 is not installed. */
export const K6: GoSource = { name: "k6", module: "go.k6.io/k6", version: "v1.8.1" };

/**
 * Argo CD: one binary in which each role is a command. v3.2.12 calls a function that it does not define, and newer
 * lines need Go modules that are not published.
 */
export const ARGO_CD: GoSource = {
  name: "argo-cd",
  module: "github.com/argoproj/argo-cd/v3",
  version: "v3.2.11",
  packages: ["cmd"],
  variables: { "github.com/argoproj/argo-cd/v3/common.version": "3.2.11" },
};

/** Import paths of the commands of a source. */
export function packagePaths(source: GoSource): string[] {
  return (source.packages ?? [""]).map((path) =>
    path ? `${source.module}/${path}` : source.module,
  );
}

/** Names of the binaries that a source gives, as `go build` chooses them. */
export function binaryNames(source: GoSource): string[] {
  return packagePaths(source).map((path) => {
    const elements = path.split("/").filter((element) => !/^v\d+$/.test(element));
    return elements.at(-1) ?? source.name;
  });
}

/**
 * The `replace` lines of a module's own go.mod, which Go ignores in a dependent: Argo CD pins its Kubernetes
 * libraries so. Those into its source tree (`./staging/src/…`, which a dependent does not have) are turned to the
 * published modules: Kubernetes v1.36.3 publishes k8s.io/api v0.36.3.
 */
export function ownReplaces(goMod: string, version: string): string[] {
  const published = version.replace(/^v1\./, "v0.");
  return [...goMod.matchAll(/^\s*(?:replace\s+)?(\S+) => (\S+)(?: (v\S+))?/gm)].flatMap(
    ([, module = "", target = "", pinned]) => {
      if (target.startsWith("./staging/src/")) return [`${module}=${module}@${published}`];
      return pinned === undefined ? [] : [`${module}=${target}@${pinned}`];
    },
  );
}
