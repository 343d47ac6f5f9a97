import * as pulumi from "@pulumi/pulumi";
import { imageParts, imageProblem } from "./image-names.ts";

/** An image as pods run it: one that a component built, or one that is given. */
export interface ImageReference {
  /** What pods run: by digest, where there is one. */
  reference: pulumi.Input<string>;
  /** The reference by tag; known before anything exists. */
  tagged: string;
  /** The tag alone, e.g. `1a2b3c4`; of an image that has none, the beginning of its digest. */
  tag: string;
  /** The commit that it was built from, as far as it is known. */
  commit: string;
}

/** What a component takes: the text is `<repository>:<tag>`, with `@sha256:…` behind where it is known. */
export type ImageInput = string | ImageReference;

/** The parts of `repository:tag@digest`; pods run it by digest, where there is one. */
export function parseReference(text: string): ImageReference & { reference: string } {
  const { repository, tag, digest } = imageParts(text);
  const reference = digest === undefined ? text : `${repository}@${digest}`;
  const tagged = tag === undefined ? text : `${repository}:${tag}`;
  const known = tag ?? digest?.replace(/^.*:/, "").slice(0, 7) ?? "";
  return { reference, tagged, tag: known, commit: known };
}

/**
 * The image that an argument of `owner` gives.
 *
 * @throws ResourceError where it is no image by version.
 */
export function imageReference(image: ImageInput, owner: pulumi.Resource): ImageReference {
  if (typeof image !== "string") return image;
  const problem = imageProblem(image);
  if (problem === undefined) return parseReference(image);
  throw new pulumi.ResourceError(`'image' (${image}) ${problem}`, owner, true);
}
