import type { ResourceValidationPolicy } from "@pulumi/policy";
import { forEachContainer, settingsSchema } from "./lib/resource.ts";

/** A tag that moves says nothing about what runs: images carry a digest, or a tag other than `latest`. */
export const pinnedImages: ResourceValidationPolicy = {
  name: "pinned-images",
  description: "Images carry a digest, or a tag other than 'latest'.",
  enforcementLevel: "mandatory",
  configSchema: settingsSchema,
  validateResource: forEachContainer(({ image }, report) => {
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
