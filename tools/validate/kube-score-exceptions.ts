/** What kube-score calls critical and we do on purpose. */
export interface Exception {
  /** kube-score's name of the check. */
  id: string;
  /** Objects it is about, as `Kind/apiVersion/namespace/name`. */
  of: RegExp;
  reason: string;
}

export const EXCEPTIONS: Exception[] = [
  {
    id: "container-security-context-user-group-id",
    of: /./,
    reason:
      "OpenShift gives each namespace its own user ids; elsewhere pods set an id above 10000 and leave the group to fsGroup.",
  },
  {
    id: "container-image-pull-policy",
    of: /./,
    reason:
      "Images are named by digest or commit: the node's copy under that name is the right one.",
  },
  {
    id: "container-ephemeral-storage-request-and-limit",
    of: /./,
    reason:
      "Root file systems are read-only and every emptyDir has a size limit; only logs remain.",
  },
  {
    id: "pod-probes-identical",
    of: /\/(ui|mlflow|grafana|postgres|postgres-exporter|blackbox-exporter)$/,
    reason: "These are either up or down; liveness asks the same question with more patience.",
  },
  {
    id: "networkpolicy-targets-pod",
    of: /-certificate$/,
    reason: "cert-manager makes that pod when it asks for a certificate, and then takes it away.",
  },
  ...["deployment", "statefulset"].map((kind) => ({
    id: `${kind}-has-poddisruptionbudget`,
    of: /\/(mlflow|grafana|postgres|object-store(-seaweedfs)?|prometheus|pushgateway|alertmanager|postgres-exporter|blackbox-exporter|wal-archive|[\w-]+-login)$/,
    reason: "One replica: a budget would only keep its node from being drained.",
  })),
  {
    id: "statefulset-has-servicename",
    of: /\/(postgres|object-store(-seaweedfs)?|prometheus|alertmanager)$/,
    reason: "One replica behind an ordinary Service; a headless one would only add a second name.",
  },
];
