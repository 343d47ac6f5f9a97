import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { ALL_NODE_PORTS } from "../../components/well-known.ts";
import type { Cluster } from "./cluster.ts";
import { dockerEngine } from "./docker-engine.ts";
import { buildWithDocker } from "./images.ts";
import { DATA } from "../lib/paths.ts";
import { step } from "../lib/steps.ts";

const NAME = "slipway-sandbox";
const METRICS = join(import.meta.dirname, "addons/metrics-server.yaml");

/** A kind cluster of our own, beside whatever other kind clusters there are. */
export function kindCluster(): Cluster {
  const kubeconfig = join(DATA, "kind.conf");
  const env = { KUBECONFIG: kubeconfig };
  return {
    kind: "kind",
    env,
    context: `kind-${NAME}`,
    kubectl: "kubectl",
    up: async () => {
      await mkdir(DATA, { recursive: true, mode: 0o700 });
      const { stdout } = await execa`kind get clusters`;
      if (!stdout.split("\n").includes(NAME)) {
        await step("kind cluster", async () => {
          const args = [`--name=${NAME}`, `--kubeconfig=${kubeconfig}`, "--wait=180s"];
          await execa("kind", ["create", "cluster", ...args, "--config=-"], {
            input: JSON.stringify(kindConfig()),
          });
        });
      }
      // kind brings DNS and dynamic volumes; the autoscaler's metrics are missing.
      await execa({ env })`kubectl apply -f ${METRICS}`;
    },
    load: async (images) => {
      const engine = await dockerEngine();
      await buildWithDocker(images, engine);
      for (const { reference } of images) {
        await execa({ env: engine.env })`kind load docker-image ${reference} --name=${NAME}`;
      }
    },
    // kind has no stop: data is kept by keeping the cluster.
    down: async ({ wipe }) => {
      if (wipe) await execa`kind delete cluster --name=${NAME} --kubeconfig=${kubeconfig}`;
    },
  };
}

/** One node whose well-known ports answer on this machine's loopback; kind reads YAML, so JSON as well. */
export function kindConfig(): object {
  const extraPortMappings = ALL_NODE_PORTS.map((port) => ({
    containerPort: port,
    hostPort: port,
    listenAddress: "127.0.0.1",
  }));
  return {
    kind: "Cluster",
    apiVersion: "kind.x-k8s.io/v1alpha4",
    nodes: [{ role: "control-plane", extraPortMappings }],
  };
}
