import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loadImages } from "./load-images.ts";
import { stopOwnEngine } from "./own-engine.ts";
import { OWNER, RUN } from "./paths.ts";
import { addonImages } from "./addon-images.ts";
import { installAddons } from "./addons.ts";
import { createGroups } from "./cgroup.ts";
import { startControlPlane } from "./control-plane.ts";
import { dockerEngine } from "../docker-engine.ts";
import type { Cluster } from "../cluster.ts";
import { binary, binaryFolder, buildAll } from "../../lib/go-build.ts";
import { createNetwork } from "./network.ts";
import { removeContainers, startContainerd, startNode } from "./node.ts";
import { DATA } from "../../lib/paths.ts";
import { ADMIN_CONTEXT, ADMIN_KUBECONFIG, createPki, KUBECONFIGS } from "./pki.ts";
import { prepareHost } from "./preflight.ts";
import { step } from "../../lib/steps.ts";
import { tearDown } from "./teardown.ts";
import { ADDON_SOURCES, ETCD, KUBERNETES_SOURCE } from "./sources.ts";
import { Failure } from "../../lib/failure.ts";

/** A cluster made of Kubernetes' own Go modules and Debian packages, running as plain processes. */
export function sourceCluster(): Cluster {
  return {
    kind: "source",
    env: { KUBECONFIG: ADMIN_KUBECONFIG, KUBECACHEDIR: join(RUN, "kubectl") },
    context: ADMIN_CONTEXT,
    kubectl: binary(KUBERNETES_SOURCE, "kubectl"),
    up: clusterUp,
    load: (images) => loadImages(images, dockerEngine),
    down: tearDown,
  };
}

const SOURCES = [KUBERNETES_SOURCE, ETCD, ...ADDON_SOURCES];

/** Whether nothing is left to build. */
export const isBuilt = (): boolean => SOURCES.every((source) => existsSync(binaryFolder(source)));

/** Builds what a cluster is made of, and starts nothing; what is built already stays. */
export const buildCluster = (): Promise<void> => buildAll(SOURCES);

/** Brings the cluster from source up; what runs already is left alone. */
async function clusterUp(): Promise<void> {
  await prepareHost();
  await claimMachine();
  await buildCluster();
  await createGroups();
  const fresh = !existsSync(KUBECONFIGS);
  await createNetwork();
  await step("certificates", createPki);
  await step("control plane", startControlPlane);
  await startContainerd();
  if (fresh) await removeContainers();
  await loadImages(await addonImages(), dockerEngine);
  await step("node", startNode);
  await step("DNS, metrics and storage", installAddons);
  await stopOwnEngine();
}

/** One cluster from source a machine, because addresses, ports and the bridge are the machine's. */
async function claimMachine(): Promise<void> {
  const owner = existsSync(OWNER) ? await readFile(OWNER, "utf8") : DATA;
  if (owner !== DATA) {
    throw new Failure(
      `another sandbox, of ${owner}, is on this machine: destroy it there first, or remove ${RUN} if it is gone`,
    );
  }
  await mkdir(RUN, { recursive: true, mode: 0o700 });
  await writeFile(OWNER, DATA);
}
