import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { parseAllDocuments, stringify } from "yaml";
import { CACHE } from "../../lib/paths.ts";
import { binary } from "../../lib/go-build.ts";
import type { ImageBuild } from "../images.ts";
import { ARGO_CD } from "./sources.ts";

const IMAGES = join(import.meta.dirname, "images");
/** Its published name: the manifests name it so, whoever built it. */
const IMAGE = `quay.io/argoproj/argocd:${ARGO_CD.version}`;
const REDIS = "slipway.local/redis:7.0-bookworm";

/** Images of Argo CD, for a cluster that can pull none. The binary must have been built. */
export function argoCdImages(): ImageBuild[] {
  return [
    { reference: IMAGE, context: join(IMAGES, "argocd"), binaries: [binary(ARGO_CD, "cmd")] },
    { reference: REDIS, context: join(IMAGES, "redis") },
  ];
}

interface KubernetesObject {
  kind: string;
  metadata: { name: string };
}

interface Workload extends KubernetesObject {
  spec: { template: { spec: { initContainers?: Container[]; containers: Container[] } } };
}

interface Container {
  image: string;
  imagePullPolicy?: string;
  resources?: object;
}

/**
 * Writes the release's own manifests, as its Go module carries them, for `argocd.manifests`: the core
 * installation (controller, repository server, Redis) without ApplicationSets, with the images of
 * {@link argoCdImages}.
 *
 * @returns path of the file.
 */
export async function writeArgoCdManifests(): Promise<string> {
  const file = join(CACHE, `argo-cd-${ARGO_CD.version}.yaml`);
  await writeFile(file, (await coreInstall()).map((object) => stringify(object)).join("---\n"));
  return file;
}

/** The objects of the core installation. */
export async function coreInstall(): Promise<KubernetesObject[]> {
  const text = await readFile(join(await moduleFolder(), "manifests/core-install.yaml"), "utf8");
  const objects = parseAllDocuments(text).map((document) => document.toJS() as KubernetesObject);
  return objects
    .filter(({ metadata }) => !metadata.name.includes("applicationset"))
    .map((object) => (isWorkload(object) ? withLocalImages(object) : object));
}

/** Go's module cache unpacks what the binary was built from. */
async function moduleFolder(): Promise<string> {
  const { stdout } = await execa`go mod download -json ${`${ARGO_CD.module}@${ARGO_CD.version}`}`;
  return (JSON.parse(stdout) as { Dir: string }).Dir;
}

function isWorkload(object: KubernetesObject): object is Workload {
  return ["Deployment", "StatefulSet"].includes(object.kind);
}

/** No image can be pulled, and a small machine wants to know what each pod takes. */
function withLocalImages(workload: Workload): Workload {
  const { spec } = workload.spec.template;
  for (const container of [...(spec.initContainers ?? []), ...spec.containers]) {
    if (container.image.includes("redis")) container.image = REDIS;
    container.imagePullPolicy = "IfNotPresent";
    container.resources = {
      requests: { cpu: "25m", memory: "64Mi" },
      limits: { memory: "512Mi" },
    };
  }
  return workload;
}
