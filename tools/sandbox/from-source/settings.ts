/** Name of the cluster's only node. */
export const NODE_NAME = "slipway";
/** Port of kube-apiserver on the node's address. */
export const API_PORT = Number(process.env["SLIPWAY_API_PORT"] ?? 6443);
/** Other ports, all on loopback or on the node's own address. */
export const PORTS = {
  etcd: 2379,
  "etcd (peers)": 2380,
  "kubelet (health)": 10248,
  "kube-proxy (metrics)": 10249,
  kubelet: 10250,
  "kube-proxy (health)": 10256,
  "kube-controller-manager": 10257,
  "kube-scheduler": 10259,
};
/** Address of the cluster's name server, by convention the tenth Service address. */
export const DNS_IP = "10.96.0.10";
