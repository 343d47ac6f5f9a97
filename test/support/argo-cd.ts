import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { type Socket, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { installed } from "../../tools/lib/installed.ts";
import { coreInstall } from "../../tools/sandbox/from-source/argo-cd.ts";
import { binary } from "../../tools/lib/go-build.ts";
import { ARGO_CD } from "../../tools/sandbox/from-source/sources.ts";
import type { Kubectl } from "./argo-application.ts";
import { end, freePort } from "./processes.ts";

const BINARY = binary(ARGO_CD, "cmd");

/** What is missing for {@link startArgoCd}; undefined when nothing is. */
export function missingForArgoCd(): string | undefined {
  const programs = ["redis-server", "go", "unshare", "ip"].filter((name) => !installed(name));
  if (programs.length > 0) return `${programs.join(", ")} not on the PATH`;
  return existsSync(BINARY) ? undefined : `no Argo CD ${ARGO_CD.version}: the sandbox builds it`;
}

/**
 * The real Argo CD as processes of this machine: its controller and repository server against the cluster of
 * a kubeconfig, where the release's own objects are stored but no pod of theirs runs.
 */
export async function startArgoCd(
  kubectl: Kubectl,
  kubeconfig: string,
): Promise<() => Promise<void>> {
  await kubectl(["create", "namespace", "argocd"]);
  const objects = await coreInstall();
  const stored = objects.filter(({ kind }) => !["Deployment", "StatefulSet"].includes(kind));
  const list = JSON.stringify({ apiVersion: "v1", kind: "List", items: stored });
  await kubectl(["-n", "argocd", "apply", "--server-side", "-f", "-"], list);

  const folder = mkdtempSync(join(tmpdir(), "slipway-argocd-"));
  const roles = ["argocd", "argocd-application-controller", "argocd-repo-server"];
  for (const role of roles) symlinkSync(BINARY, join(folder, role));
  const redis = await freePort();
  const repoServer = await freePort();
  const password = randomBytes(16).toString("hex");
  const env = {
    ...process.env,
    // It asks itself for a repository's password, by its name on the PATH.
    PATH: `${folder}:${process.env["PATH"] ?? ""}`,
    HOME: folder,
    TMPDIR: folder,
    KUBECONFIG: kubeconfig,
    ARGOCD_FAKE_IN_CLUSTER: "true",
    ARGOCD_GPG_ENABLED: "false",
    REDIS_PASSWORD: password,
  };
  const children: ChildProcess[] = [];
  const start = (program: string, ...args: string[]) => {
    children.unshift(spawn(program, args, { env, cwd: folder, stdio: logs() }));
  };
  const at = (port: number) => `127.0.0.1:${port}`;
  const loopback = ["--bind", "127.0.0.1", "--port", String(redis)];
  start("redis-server", ...loopback, "--save", "", "--requirepass", password);
  start(
    join(folder, "argocd-repo-server"),
    `--redis=${at(redis)}`,
    "--address=127.0.0.1",
    `--port=${repoServer}`,
    "--metrics-address=127.0.0.1",
    `--metrics-port=${await freePort()}`,
    "--disable-tls",
  );
  // The controller shows its metrics on every address, and no option says otherwise: it gets a network of its
  // own, from which sockets in the folder lead to the three servers that it needs.
  const server = await kubectl(["config", "view", "-o", "jsonpath={.clusters[0].cluster.server}"]);
  const ports = [redis, repoServer, Number(new URL(server).port)];
  const relays = ports.map((port) =>
    createServer((socket) => {
      joined(socket, connect(port, "127.0.0.1"));
    }).listen(join(folder, String(port))),
  );
  const own = process.getuid?.() === 0 ? ["--net"] : ["--map-root-user", "--net"];
  start(
    "unshare",
    ...own,
    process.execPath,
    `--import=${import.meta.resolve("tsx")}`,
    join(import.meta.dirname, "own-network.ts"),
    folder,
    ports.join(),
    join(folder, "argocd-application-controller"),
    `--kubeconfig=${kubeconfig}`,
    "--namespace=argocd",
    `--redis=${at(redis)}`,
    `--repo-server=${at(repoServer)}`,
    "--repo-server-plaintext",
  );
  return async () => {
    for (const child of children) await end(child);
    for (const relay of relays) relay.close();
    rmSync(folder, { recursive: true, force: true });
  };
}

function joined(one: Socket, other: Socket): void {
  one.pipe(other).pipe(one);
  for (const socket of [one, other]) {
    socket.on("error", () => {
      one.destroy();
      other.destroy();
    });
  }
}

/** With `SLIPWAY_TEST_LOGS` the processes speak on the test's own output. */
function logs() {
  return process.env["SLIPWAY_TEST_LOGS"] === undefined ? "ignore" : "inherit";
}

/**
 * A kubectl of the cluster behind a kubeconfig. It never blocks: the git server and the way to the API are
 * parts of this process.
 */
export function kubectlOf(program: string, kubeconfig: string): Kubectl {
  return async (args, input = "") => {
    const { stdout } = await execa(program, [`--kubeconfig=${kubeconfig}`, ...args], { input });
    return stdout;
  };
}
