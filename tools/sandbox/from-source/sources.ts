import type { GoSource } from "../../lib/go-source.ts";

/** The release of Kubernetes that the cluster is made of, where nobody names another one. */
export const RELEASE = "v1.36.3";
/** An earlier one is named by the test of an upgrade. */
const KUBERNETES = process.env["SLIPWAY_KUBERNETES"] ?? RELEASE;

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
