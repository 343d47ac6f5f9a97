import { join } from "node:path";
import { kubectl } from "./control-plane.ts";
import { DATA } from "./paths.ts";

const FOLDER = join(import.meta.dirname, "addons");
const DEPLOYMENTS = ["coredns", "metrics-server", "local-path-provisioner"];

/** Installs DNS, metrics and dynamic volumes and waits until each serves. */
export async function installAddons(): Promise<void> {
  await kubectl({ input: JSON.stringify(storageConfig()) })`kubectl apply -f -`;
  await kubectl`kubectl apply -f ${FOLDER}`;
  const rollouts = DEPLOYMENTS.map(async (name) => {
    await kubectl`kubectl -n kube-system rollout status deployment/${name} --timeout=120s`;
  });
  await Promise.all(rollouts);
  await kubectl`kubectl wait --for=condition=Available apiservice/v1beta1.metrics.k8s.io --timeout=60s`;
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
