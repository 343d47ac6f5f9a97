import { join } from "node:path";
import { binary, buildLocal } from "../../lib/go-build.ts";
import type { ImageBuild } from "../images.ts";
import { PAUSE_IMAGE } from "./node.ts";
import { ADDON_SOURCES } from "./sources.ts";

const FOLDER = join(import.meta.dirname, "images");

/** Where the same programs are published; the add-ons' manifests name them so, whoever built them. */
const REPOSITORIES: Record<string, string> = {
  coredns: "registry.k8s.io/coredns/coredns",
  "metrics-server": "registry.k8s.io/metrics-server/metrics-server",
  "local-path-provisioner": "docker.io/rancher/local-path-provisioner",
};

/** Images of what the cluster itself runs: pause, DNS, metrics, storage. */
export async function addonImages(): Promise<ImageBuild[]> {
  const pause = {
    reference: PAUSE_IMAGE,
    context: join(FOLDER, "pause"),
    binaries: [await buildLocal(join(FOLDER, "pause"))],
  };
  const built = ADDON_SOURCES.map((source) => ({
    reference: `${REPOSITORIES[source.name] ?? source.name}:${source.version}`,
    context: join(FOLDER, source.name),
    binaries: [binary(source)],
  }));
  return [pause, ...built];
}
