import { existsSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { binary } from "../../lib/go-build.ts";
import { NODE_IP, SUBNETS } from "./network.ts";
import { DATA } from "../../lib/paths.ts";
import { API_PORT, NODE_NAME } from "./settings.ts";
import { KUBERNETES_SOURCE } from "./sources.ts";

const CLUSTER_NAME = "slipway-sandbox";

/** Folder of certificates and keys, as kubeadm lays it out. */
export const PKI = join(DATA, "pki");
/** Folder of the components' kubeconfigs. */
export const KUBECONFIGS = join(DATA, "kubeconfigs");
/** Kubeconfig of the cluster's administrator. */
export const ADMIN_KUBECONFIG = join(KUBECONFIGS, "super-admin.conf");

/** Name of its context, as kubeadm composes it. */
export const ADMIN_CONTEXT = `kubernetes-super-admin@${CLUSTER_NAME}`;

/** Makes certificates and kubeconfigs once; a killed run leaves no half. */
export async function createPki(): Promise<void> {
  if (existsSync(KUBECONFIGS)) return;
  await mkdir(DATA, { recursive: true, mode: 0o700 });
  const config = join(DATA, "kubeadm.json");
  const unfinished = `${KUBECONFIGS}.new`;
  await rm(PKI, { recursive: true, force: true });
  await rm(unfinished, { recursive: true, force: true });
  await writeFile(config, kubeadmConfig());
  const kubeadm = binary(KUBERNETES_SOURCE, "kubeadm");
  await execa`${kubeadm} init phase certs all --config ${config}`;
  await execa`${kubeadm} init phase kubeconfig all --config ${config} --kubeconfig-dir ${unfinished}`;
  const proxy =
    await execa`${kubeadm} kubeconfig user --config ${config} --client-name system:kube-proxy`;
  await writeFile(join(unfinished, "kube-proxy.conf"), proxy.stdout, { mode: 0o600 });
  await rename(unfinished, KUBECONFIGS);
}

function kubeadmConfig(): string {
  const apiVersion = "kubeadm.k8s.io/v1beta4";
  const cluster = {
    apiVersion,
    kind: "ClusterConfiguration",
    kubernetesVersion: KUBERNETES_SOURCE.version,
    clusterName: CLUSTER_NAME,
    certificatesDir: PKI,
    controlPlaneEndpoint: `${NODE_IP}:${API_PORT}`,
    networking: { podSubnet: SUBNETS.pods, serviceSubnet: SUBNETS.services },
    apiServer: { certSANs: ["127.0.0.1", "localhost"] },
  };
  const init = {
    apiVersion,
    kind: "InitConfiguration",
    localAPIEndpoint: { advertiseAddress: NODE_IP, bindPort: API_PORT },
    nodeRegistration: { name: NODE_NAME },
  };
  return [cluster, init].map((document) => JSON.stringify(document)).join("\n---\n");
}
