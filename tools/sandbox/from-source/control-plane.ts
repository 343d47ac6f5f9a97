import { join } from "node:path";
import { execa } from "execa";
import { RUN } from "./paths.ts";
import { binary } from "../../lib/go-build.ts";
import { NODE_IP, SUBNETS } from "./network.ts";
import { DATA } from "../../lib/paths.ts";
import { ADMIN_KUBECONFIG, KUBECONFIGS, PKI } from "./pki.ts";
import { type Daemon, start, waitFor } from "./process-table.ts";
import { API_PORT, PORTS } from "./settings.ts";
import { ETCD, KUBERNETES_SOURCE } from "./sources.ts";

const pki = (name: string): string => join(PKI, name);
const kubernetes = (name: string): string => binary(KUBERNETES_SOURCE, name);

/** Runs kubectl as the cluster's administrator. */
export const kubectl = execa({
  env: { KUBECONFIG: ADMIN_KUBECONFIG, KUBECACHEDIR: join(RUN, "kubectl") },
  localDir: join(binary(KUBERNETES_SOURCE), ".."),
  preferLocal: true,
});

/** Starts etcd, kube-apiserver, kube-controller-manager and kube-scheduler and waits until the API answers. */
export async function startControlPlane(): Promise<void> {
  await start(etcd());
  await start(apiServer());
  await waitFor("kube-apiserver", async () => {
    const { stdout } = await kubectl`kubectl get --raw /readyz`;
    return stdout === "ok";
  });
  // Without this kube-apiserver may not ask kubelet for logs or run commands in pods.
  await kubectl({
    input: JSON.stringify({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: "slipway:apiserver-kubelet-client" },
      roleRef: {
        apiGroup: "rbac.authorization.k8s.io",
        kind: "ClusterRole",
        name: "system:kubelet-api-admin",
      },
      subjects: [{ kind: "User", name: "kube-apiserver-kubelet-client" }],
    }),
  })`kubectl apply -f -`;
  await start(controllerManager());
  await start(scheduler());
}

function etcd(): Daemon {
  const client = `https://127.0.0.1:${PORTS.etcd}`;
  const peer = `https://127.0.0.1:${PORTS["etcd (peers)"]}`;
  const args = [
    `--data-dir=${join(DATA, "etcd")}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    `--cert-file=${pki("etcd/server.crt")}`,
    `--key-file=${pki("etcd/server.key")}`,
    `--trusted-ca-file=${pki("etcd/ca.crt")}`,
    "--client-cert-auth",
    `--peer-cert-file=${pki("etcd/peer.crt")}`,
    `--peer-key-file=${pki("etcd/peer.key")}`,
    `--peer-trusted-ca-file=${pki("etcd/ca.crt")}`,
    "--peer-client-cert-auth",
  ];
  return { name: "etcd", command: binary(ETCD, "server"), args };
}

function apiServer(): Daemon {
  const args = [
    `--advertise-address=${NODE_IP}`,
    `--bind-address=${NODE_IP}`,
    `--secure-port=${API_PORT}`,
    "--allow-privileged=true",
    "--authorization-mode=Node,RBAC",
    "--enable-admission-plugins=NodeRestriction",
    `--client-ca-file=${pki("ca.crt")}`,
    `--tls-cert-file=${pki("apiserver.crt")}`,
    `--tls-private-key-file=${pki("apiserver.key")}`,
    `--etcd-servers=https://127.0.0.1:${PORTS.etcd}`,
    `--etcd-cafile=${pki("etcd/ca.crt")}`,
    `--etcd-certfile=${pki("apiserver-etcd-client.crt")}`,
    `--etcd-keyfile=${pki("apiserver-etcd-client.key")}`,
    `--kubelet-client-certificate=${pki("apiserver-kubelet-client.crt")}`,
    `--kubelet-client-key=${pki("apiserver-kubelet-client.key")}`,
    "--kubelet-preferred-address-types=InternalIP",
    `--proxy-client-cert-file=${pki("front-proxy-client.crt")}`,
    `--proxy-client-key-file=${pki("front-proxy-client.key")}`,
    `--requestheader-client-ca-file=${pki("front-proxy-ca.crt")}`,
    "--requestheader-allowed-names=front-proxy-client",
    "--requestheader-extra-headers-prefix=X-Remote-Extra-",
    "--requestheader-group-headers=X-Remote-Group",
    "--requestheader-username-headers=X-Remote-User",
    "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
    `--service-account-key-file=${pki("sa.pub")}`,
    `--service-account-signing-key-file=${pki("sa.key")}`,
    `--service-cluster-ip-range=${SUBNETS.services}`,
  ];
  return { name: "kube-apiserver", command: kubernetes("kube-apiserver"), args };
}

/** Arguments of a client of the API server. */
function clientArgs(name: string): string[] {
  const config = join(KUBECONFIGS, `${name}.conf`);
  return [
    `--kubeconfig=${config}`,
    `--authentication-kubeconfig=${config}`,
    `--authorization-kubeconfig=${config}`,
    "--bind-address=127.0.0.1",
    // There is one of it: a lease lost while the machine was busy would only end it.
    "--leader-elect=false",
  ];
}

function controllerManager(): Daemon {
  const args = [
    ...clientArgs("controller-manager"),
    "--allocate-node-cidrs",
    `--cluster-cidr=${SUBNETS.pods}`,
    `--service-cluster-ip-range=${SUBNETS.services}`,
    `--client-ca-file=${pki("ca.crt")}`,
    `--cluster-signing-cert-file=${pki("ca.crt")}`,
    `--cluster-signing-key-file=${pki("ca.key")}`,
    `--root-ca-file=${pki("ca.crt")}`,
    `--requestheader-client-ca-file=${pki("front-proxy-ca.crt")}`,
    `--service-account-private-key-file=${pki("sa.key")}`,
    "--use-service-account-credentials",
    // A sandbox is watched by people: the autoscaler shrinks after one minute, not five.
    "--horizontal-pod-autoscaler-downscale-stabilization=1m",
  ];
  const command = kubernetes("kube-controller-manager");
  return { name: "kube-controller-manager", command, args };
}

function scheduler(): Daemon {
  const command = kubernetes("kube-scheduler");
  return { name: "kube-scheduler", command, args: clientArgs("scheduler") };
}
