import { toYaml } from "../../components/lib/yaml.ts";
import { Failure } from "../lib/failure.ts";
import type { Manifest, Rendering } from "../lib/program/manifests.ts";
import { fileName } from "../lib/program/write.ts";

const README = `Written by \`npm run gitops\`, read by Argo CD; docs/argocd.md on the main branch explains both.
The next deployment overwrites what is changed here by hand. \`git revert\` on this branch goes back at once.
`;

/** What the branch holds, by file name, and the images in it, `serving registry/…@sha256:…`. */
export interface GitopsFiles {
  files: Map<string, string>;
  images: string[];
}

/**
 * One file an object, with every image of our own by its digest. No kustomization and no JSON: Argo CD
 * takes the folder as it is.
 *
 * @param digestOf asks a registry for the digest behind a tag; undefined where it has no such image.
 * @throws Failure for a rendering that must not reach a cluster.
 */
export async function gitopsFiles(
  { manifests, images }: Pick<Rendering, "manifests" | "images">,
  digestOf: (reference: string) => Promise<string | undefined>,
): Promise<GitopsFiles> {
  // Argo CD would prune the whole environment; its `allowEmpty: false` is the second safeguard against that.
  if (manifests.length === 0)
    throw new Failure("nothing was rendered: no commit is made; does the stack name models?");
  for (const manifest of manifests) refuseSecrets(manifest);
  const used = images.filter(({ reference }) => textOf(manifests).includes(`"${reference}"`));
  const pins = await Promise.all(
    used.map(async ({ name, reference, context }) => {
      if (reference.includes("-dirty-")) {
        throw new Failure(`${context}/ has changes that no commit holds: commit or remove them`);
      }
      return { name, reference, pinned: await pinnedReference(reference, digestOf) };
    }),
  );
  const pinned = (manifest: Manifest) =>
    pins.reduce(
      (text, pin) => text.replaceAll(`"${pin.reference}"`, `"${pin.pinned}"`),
      textOf(manifest),
    );
  const objects = manifests.map((manifest): [string, string] => [
    fileName(manifest),
    toYaml(JSON.parse(pinned(manifest)) as Manifest),
  ]);
  return {
    files: new Map([...objects, ["README.md", README]]),
    images: pins.map(({ name, pinned }) => `${name} ${pinned}`),
  };
}

function textOf(value: object): string {
  return JSON.stringify(value);
}

function refuseSecrets(manifest: Manifest): void {
  const { kind, metadata } = manifest;
  const value = /\{\{[\w.-]+\}\}/.exec(textOf(manifest))?.[0];
  if (kind !== "Secret" && value === undefined) return;
  throw new Failure(
    `${kind} ${metadata.name} holds ${value ?? "a Secret"}, and no secret goes to a branch: mount it from a Secret that Pulumi makes`,
  );
}

/** By digest, as `pulumi up` writes it; an image that no registry holds keeps its tag, which is a commit's. */
async function pinnedReference(
  reference: string,
  digestOf: (reference: string) => Promise<string | undefined>,
): Promise<string> {
  if (reference.startsWith("slipway.local/")) return reference;
  const digest = await digestOf(reference);
  if (digest !== undefined) return `${reference.slice(0, reference.lastIndexOf(":"))}@${digest}`;
  throw new Failure(
    `image ${reference} is not in its registry: \`pulumi up\` on this commit builds and pushes it; run it first`,
  );
}
