import { join } from "node:path";
import { kubectl } from "./control-plane.ts";
import { DATA } from "../../lib/paths.ts";

/** Manifests of everything that a cluster from source lacks; kind lacks metrics too, so theirs lie beside both. */
export const ADDONS = [
  join(import.meta.dirname, "addons"),
  join(import.meta.dirname, "..", "addons"),
];
/** What pods need to start; metrics may come a little later. */
const NEEDED = ["coredns", "local-path-provisioner"];

/** Installs DNS, metrics and dynamic volumes and waits until pods can start. */
export async function installAddons(): Promise<void> {
  await kubectl({ input: JSON.stringify(storageConfig()) })`kubectl apply -f -`;
  for (const folder of ADDONS) await kubectl`kubectl apply -f ${folder}`;
  const rollouts = NEEDED.map(async (name) => {
    await kubectl`kubectl -n kube-system rollout status deployment/${name} --timeout=120s`;
  });
  await Promise.all(rollouts);
}

/** Where volumes lie on this machine, and the small pods that make and remove their folders. */
function storageConfig(): object {
  const config = {
    nodePathMap: [{ node: "DEFAULT_PATH_FOR_NON_LISTED_NODES", paths: [join(DATA, "volumes")] }],
  };
  const helper = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "helper-pod" },
    spec: {
      containers: [
        {
          name: "helper-pod",
          image: "docker.io/rancher/local-path-provisioner:v0.0.30",
          imagePullPolicy: "IfNotPresent",
        },
      ],
    },
  };
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "local-path-config", namespace: "kube-system" },
    data: {
      "config.json": JSON.stringify(config),
      // As a fresh disk: whoever the pod's security context names must be able to write.
      setup: '#!/bin/sh\nset -eu\nmkdir -m 0777 -p "$VOL_DIR"\n',
      teardown: '#!/bin/sh\nset -eu\nrm -rf "$VOL_DIR"\n',
      "helperPod.yaml": JSON.stringify(helper),
    },
  };
}
