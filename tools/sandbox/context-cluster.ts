import { execa } from "execa";
import { NAMESPACE } from "../lib/stack/sandbox.ts";
import type { Cluster } from "./cluster.ts";
import { dockerEngine } from "./docker-engine.ts";
import { buildWithDocker, type ImageBuild } from "./images.ts";
import { Failure } from "../lib/failure.ts";

/** How a local cluster takes images from Docker, by the beginning of its context's name. */
const LOADERS: Record<string, (context: string, image: string) => [string, ...string[]]> = {
  "kind-": (context, image) => [
    "kind",
    "load",
    "docker-image",
    image,
    `--name=${context.slice("kind-".length)}`,
  ],
  minikube: (context, image) => ["minikube", "image", "load", image, `--profile=${context}`],
};

/** A cluster of the person's own kubeconfig: never created or deleted by the sandbox. */
export async function contextCluster(context: string): Promise<Cluster> {
  const known = await execa({ reject: false })`kubectl config get-contexts --output=name`;
  if (known.failed) throw new Failure("--context needs kubectl on the PATH: install it");
  if (!known.stdout.split("\n").includes(context)) {
    throw new Failure(
      `--context '${context}' is unknown; known: ${known.stdout.replaceAll("\n", ", ") || "none"}`,
    );
  }
  const loader = Object.entries(LOADERS).find(([prefix]) => context.startsWith(prefix))?.[1];
  return {
    kind: "context",
    env: {},
    context,
    kubectl: "kubectl",
    up: async () => {
      await execa`kubectl --context ${context} get --raw /readyz`;
    },
    load: async (images: readonly ImageBuild[]) => {
      if (loader === undefined) {
        throw new Failure(
          `cluster '${context}' cannot see images of this machine: set slipway:registry in Pulumi.sandbox.yaml, or use a kind or minikube cluster`,
        );
      }
      const engine = await dockerEngine();
      await buildWithDocker(images, engine);
      for (const { reference } of images) {
        const [command, ...args] = loader(context, reference);
        await execa(command, args, { env: engine.env });
      }
    },
    // Ours is the namespace alone: the stack has no object outside it.
    down: async ({ wipe }) => {
      if (!wipe) return;
      const remove = ["delete", "namespace", NAMESPACE, "--ignore-not-found", "--timeout=180s"];
      await execa("kubectl", ["--context", context, ...remove]);
    },
  };
}
