import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { toYaml } from "../../../components/lib/yaml.ts";
import { Failure } from "../failure.ts";
import type { Manifest, Rendering } from "./manifests.ts";

const KUSTOMIZATION = "kustomization.yaml";

/**
 * Writes one file an object, `<kind>-<name>.yaml`, with kustomization.yaml, secrets.json and
 * images.json beside them. Files of an earlier rendering that are no longer due are removed.
 *
 * @returns names of the object files, in the order in which they are applied.
 * @throws Failure when `folder` holds files that `render` did not write.
 */
export async function writeRendering(folder: string, rendering: Rendering): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  await clear(folder);
  const names = rendering.manifests.map(fileName);
  const kustomization = {
    apiVersion: "kustomize.config.k8s.io/v1beta1",
    kind: "Kustomization",
    resources: names,
  };
  const files: [string, string][] = [
    ...rendering.manifests.map((manifest): [string, string] => [
      fileName(manifest),
      toYaml(manifest),
    ]),
    [KUSTOMIZATION, toYaml(kustomization)],
    ["secrets.json", `${JSON.stringify(rendering.secrets, null, 2)}\n`],
    ["images.json", `${JSON.stringify(rendering.images, null, 2)}\n`],
  ];
  await Promise.all(files.map(([name, text]) => writeFile(join(folder, name), text)));
  return names;
}

/** `deployment-mlflow.yaml`; two kinds of one name differ in their first part. */
export function fileName({ kind, metadata }: Manifest): string {
  return `${kind.toLowerCase()}-${metadata.name}.yaml`;
}

/** Removes what an earlier rendering listed, and nothing else. */
async function clear(folder: string): Promise<void> {
  const present = (await readdir(folder)).filter((name) => !name.startsWith("."));
  if (present.length === 0) return;
  if (!present.includes(KUSTOMIZATION)) {
    throw new Failure(
      `--out ${folder} holds files that 'render' did not write: name an empty or new folder`,
      2,
    );
  }
  const listed = [
    ...(await readFile(join(folder, KUSTOMIZATION), "utf8")).matchAll(/^ +- (\S+\.yaml)$/gm),
  ];
  const ours = [
    ...listed.map((match) => match[1] ?? ""),
    KUSTOMIZATION,
    "secrets.json",
    "images.json",
  ];
  await Promise.all(ours.map((name) => rm(join(folder, name), { force: true })));
}
