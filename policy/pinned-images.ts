import { type ResourceValidationPolicy, UnknownValueError } from "@pulumi/policy";
import { type Container, forEachContainer, settingsSchema } from "./lib/resource.ts";

/** A tag that moves says nothing about what runs: images carry a digest, or a tag other than `latest`. */
export const pinnedImages: ResourceValidationPolicy = {
  name: "pinned-images",
  description: "Images carry a digest, or a tag other than 'latest'.",
  enforcementLevel: "mandatory",
  configSchema: settingsSchema,
  validateResource: forEachContainer((container, report) => {
    const image = imageOf(container);
    if (image === undefined) {
      report("has no 'image'");
    } else if (!image.includes("@sha256:")) {
      // A colon before a slash is a registry's port.
      const tag = image.split("/").at(-1)?.split(":")[1];
      if (tag === undefined) report(`'image' (${image}) has no tag; add one, or a digest`);
      if (tag === "latest") report(`'image' (${image}) is 'latest'; name a version`);
    }
  }),
};

/** A preview does not know the digest of an image that `up` builds first; `up` then asks again. */
function imageOf(container: Container): string | undefined {
  try {
    return container.image;
  } catch (error) {
    if (error instanceof UnknownValueError) return "built-by-up@sha256:";
    throw error;
  }
}
