import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { RUN } from "./paths.ts";
import { GROUP } from "./cgroup.ts";
import { kubectl } from "./control-plane.ts";
import { binary } from "../../lib/go-build.ts";
import { CNI_CONFIG, NODE_IP, SUBNETS } from "./network.ts";
import { CACHE, DATA } from "../../lib/paths.ts";
import { KUBECONFIGS, PKI } from "./pki.ts";
import { start, waitFor } from "./process-table.ts";
import { DNS_IP, NODE_NAME, PORTS } from "./settings.ts";
import { KUBERNETES_SOURCE } from "./sources.ts";

/** Socket of the cluster's containerd. */
const CONTAINERD = join(RUN, "containerd.sock");
/** Folder with one folder a registry host, each with a `hosts.toml`. */
export const REGISTRIES = join(RUN, "registries");
/** Image of the process that holds a pod's namespaces. */
export const PAUSE_IMAGE = "slipway.local/pause:1";

/** Arguments with which `ctr` talks to the cluster's containerd, in the namespace that kubelet uses. */
export const CTR = ["--address", CONTAINERD, "--namespace", "k8s.io"];

/** Runs `ctr` on the cluster's containerd. */
export const ctr = (...args: string[]): ReturnType<typeof execa> => execa("ctr", [...CTR, ...args]);

/** Starts kubelet and kube-proxy and waits until the node is ready. */
export async function startNode(): Promise<void> {
  await startKubelet();
  await startKubeProxy();
}

/** Starts the cluster's container runtime. */
export async function startContainerd(): Promise<void> {
  const config = join(RUN, "containerd.toml");
  const files = { [config]: containerdConfig() };
  await start({ name: "containerd", command: "containerd", args: ["--config", config], files });
  await waitFor("containerd", async () => (await ctr("version")).exitCode === 0);
}

/** Removes every container, so that only images stay; nothing to do where containerd does not run. */
export async function removeContainers(): Promise<void> {
  // Without its socket ctr would try for ten seconds.
  if (!existsSync(CONTAINERD)) return;
  const { stdout } = await ctr("containers", "list", "--quiet");
  const ids = String(stdout).split("\n").filter(Boolean);
  if (ids.length > 0) await ctr("containers", "delete", ...ids);
}

function containerdConfig(): string {
  return `version = 2
root = "${join(CACHE, "containerd")}"
state = "${join(RUN, "containerd")}"
[grpc]
  address = "${CONTAINERD}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${PAUSE_IMAGE}"
  netns_mounts_under_state_dir = true
  # Root without CAP_SYS_RESOURCE may not lower an OOM score: without this no pod starts there.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${CNI_CONFIG}"
  # Registries with settings of their own, such as a private authority, can be added while it runs.
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "${REGISTRIES}"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
[plugins."io.containerd.internal.v1.opt"]
  path = "${join(CACHE, "containerd/opt")}"
`;
}

async function startKubelet(): Promise<void> {
  const config = join(RUN, "kubelet.json");
  await mkdir(join(DATA, "kubelet"), { recursive: true });
  await start({
    name: "kubelet",
    command: binary(KUBERNETES_SOURCE, "kubelet"),
    files: { [config]: JSON.stringify(kubeletConfig(), null, 2) },
    args: [
      `--config=${config}`,
      `--kubeconfig=${join(KUBECONFIGS, "kubelet.conf")}`,
      `--root-dir=${join(DATA, "kubelet")}`,
      `--cert-dir=${join(DATA, "kubelet/pki")}`,
      `--hostname-override=${NODE_NAME}`,
      `--node-ip=${NODE_IP}`,
    ],
  });
  await waitFor("kubelet", async () => {
    const ready = '{.status.conditions[?(@.type=="Ready")].status}';
    const { stdout } = await kubectl`kubectl get node ${NODE_NAME} -o jsonpath=${ready}`;
    return stdout === "True";
  });
}

function kubeletConfig(): object {
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    address: NODE_IP,
    port: PORTS.kubelet,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: join(PKI, "ca.crt") },
    },
    authorization: { mode: "Webhook" },
    containerRuntimeEndpoint: `unix://${CONTAINERD}`,
    cgroupDriver: "cgroupfs",
    cgroupRoot: `/${GROUP}`,
    failCgroupV1: false,
    failSwapOn: false,
    oomScoreAdj: 0,
    clusterDNS: [DNS_IP],
    clusterDomain: "cluster.local",
    podLogsDir: join(DATA, "pod-logs"),
    volumePluginDir: join(DATA, "kubelet/volume-plugins"),
    // Images come from this machine alone, so kubelet must not collect what it could not fetch again.
    imageGCHighThresholdPercent: 100,
    evictionHard: {
      "memory.available": "100Mi",
      "nodefs.available": "1%",
      "imagefs.available": "1%",
    },
  };
}

async function startKubeProxy(): Promise<void> {
  const config = join(RUN, "kube-proxy.json");
  const files = { [config]: JSON.stringify(kubeProxyConfig(), null, 2) };
  const command = binary(KUBERNETES_SOURCE, "kube-proxy");
  await start({ name: "kube-proxy", command, args: [`--config=${config}`], files });
  await waitFor("kube-proxy", async () => {
    const health = await fetch(`http://127.0.0.1:${PORTS["kube-proxy (health)"]}/healthz`);
    return health.ok;
  });
}

function kubeProxyConfig(): object {
  return {
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    clientConnection: { kubeconfig: join(KUBECONFIGS, "kube-proxy.conf") },
    mode: "iptables",
    clusterCIDR: SUBNETS.pods,
    hostnameOverride: NODE_NAME,
    healthzBindAddress: `127.0.0.1:${PORTS["kube-proxy (health)"]}`,
    metricsBindAddress: `127.0.0.1:${PORTS["kube-proxy (metrics)"]}`,
    // NodePorts answer on this machine only.
    nodePortAddresses: ["127.0.0.0/8", SUBNETS.node],
    oomScoreAdj: 0,
    // 0: leave the machine's connection-tracking limits as they are.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
  };
}
