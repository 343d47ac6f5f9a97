import { type ChildProcess, spawn } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { end, freePort } from "./processes.ts";

/**
 * A Kubernetes API with the controllers that finish a deletion, and nothing else: objects are
 * stored and validated, no pod ever runs.
 */
export interface ApiServer {
  /** Path of a kubeconfig whose user may do everything. */
  kubeconfig: string;
  stop(): Promise<void>;
}

/** Where the sandbox keeps what it built. */
const CACHE = process.env["SLIPWAY_CACHE"] ?? join(homedir(), ".cache", "slipway");

/** Programs of a control plane. */
export interface ServerPrograms {
  etcd: string;
  apiServer: string;
  controllers: string;
  kubectl: string;
}

/** Why tests are skipped where {@link serverPrograms} finds none. */
export const NO_SERVER = "no kube-apiserver: 'npm run sandbox' builds one";

/** What the sandbox built; undefined before it ever did. */
export function serverPrograms(): ServerPrograms | undefined {
  const folder = join(CACHE, "bin");
  const newest = (prefix: string, program: string) => {
    const versions = existsSync(folder)
      ? readdirSync(folder).filter((name) => name.startsWith(prefix))
      : [];
    const path = join(folder, versions.sort().at(-1) ?? "none", program);
    return existsSync(path) ? path : undefined;
  };
  const etcd = newest("etcd-", "server");
  const apiServer = newest("kubernetes-", "kube-apiserver");
  const controllers = newest("kubernetes-", "kube-controller-manager");
  const kubectl = newest("kubernetes-", "kubectl");
  return etcd && apiServer && controllers && kubectl
    ? { etcd, apiServer, controllers, kubectl }
    : undefined;
}

/** The controllers that finish a deletion. */
const DELETION = ["garbagecollector", "namespace", "pvc-protection"];

/**
 * Starts etcd and kube-apiserver on free ports of this machine, with everything in a folder of their own.
 *
 * @param further controllers to run beside those that finish a deletion, e.g. `deployment`.
 */
export async function startApiServer(
  programs: ServerPrograms,
  further: string[] = [],
): Promise<ApiServer> {
  const folder = mkdtempSync(join(tmpdir(), "slipway-api-"));
  const [client, peer, port] = [await freePort(), await freePort(), await freePort()];
  const token = randomBytes(16).toString("hex");
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const key = join(folder, "service-account.pem");
  writeFileSync(key, privateKey.export({ type: "pkcs8", format: "pem" }));
  writeFileSync(join(folder, "tokens.csv"), `${token},admin,admin,system:masters\n`);
  mkdirSync(join(folder, "certs"));

  const etcd = spawn(
    programs.etcd,
    [
      `--data-dir=${join(folder, "etcd")}`,
      `--listen-client-urls=http://127.0.0.1:${client}`,
      `--advertise-client-urls=http://127.0.0.1:${client}`,
      `--listen-peer-urls=http://127.0.0.1:${peer}`,
      `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`,
      `--initial-cluster=default=http://127.0.0.1:${peer}`,
      "--unsafe-no-fsync",
    ],
    { stdio: "ignore" },
  );
  const server = spawn(
    programs.apiServer,
    [
      `--etcd-servers=http://127.0.0.1:${client}`,
      "--bind-address=127.0.0.1",
      `--secure-port=${port}`,
      `--cert-dir=${join(folder, "certs")}`,
      `--token-auth-file=${join(folder, "tokens.csv")}`,
      "--authorization-mode=RBAC",
      "--service-account-issuer=https://kubernetes.default.svc",
      `--service-account-key-file=${key}`,
      `--service-account-signing-key-file=${key}`,
      "--service-cluster-ip-range=10.96.0.0/16",
      "--endpoint-reconciler-type=none",
    ],
    { stdio: "ignore" },
  );
  const children = [server, etcd];
  const stop = async () => {
    for (const child of children) await end(child);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await untilReady(
      `https://127.0.0.1:${port}/readyz`,
      join(folder, "certs", "apiserver.crt"),
      token,
      server,
    );
  } catch (error) {
    await stop();
    throw error;
  }
  const kubeconfig = join(folder, "kubeconfig.json");
  writeFileSync(kubeconfig, JSON.stringify(kubeconfigOf(`https://127.0.0.1:${port}`, token)));
  const controllers = [...DELETION, ...further].join(",");
  const manager = [`--kubeconfig=${kubeconfig}`, `--controllers=${controllers}`, "--secure-port=0"];
  children.unshift(
    spawn(programs.controllers, [...manager, "--leader-elect=false"], { stdio: "ignore" }),
  );
  return { kubeconfig, stop };
}

function kubeconfigOf(server: string, token: string) {
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "bare", cluster: { server, "insecure-skip-tls-verify": true } }],
    users: [{ name: "admin", user: { token } }],
    contexts: [{ name: "bare", context: { cluster: "bare", user: "admin" } }],
    "current-context": "bare",
  };
}

async function untilReady(
  url: string,
  certificate: string,
  token: string,
  server: ChildProcess,
): Promise<void> {
  const { request } = await import("node:https");
  for (let tries = 0; tries < 240; tries++) {
    if (server.exitCode !== null) throw new Error(`kube-apiserver ended with ${server.exitCode}`);
    const status = await new Promise<number>((resolve) => {
      const options = { headers: { authorization: `Bearer ${token}` }, rejectUnauthorized: false };
      const asked = request(url, options, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      asked.on("error", () => {
        resolve(0);
      });
      asked.end();
    });
    if (status === 200 && existsSync(certificate)) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error("kube-apiserver was not ready within a minute");
}
