import { imageParts } from "../../components/lib/image-names.ts";

/** Images as their tags stand now. */
export interface Pins {
  /** Those that are to be written, by name. */
  changed: Record<string, string>;
  /** A line for each image, for people. */
  lines: string[];
}

/**
 * Asks for the digest of each image's tag.
 *
 * @param images by name, e.g. `docker.io/library/postgres:18.6-bookworm`, with a digest behind or without.
 * @param digestOf asks a registry for one by tag.
 */
export async function pinsOf(
  images: Readonly<Record<string, string>>,
  digestOf: (image: string) => Promise<string>,
): Promise<Pins> {
  const pins: Pins = { changed: {}, lines: [] };
  for (const [name, image] of Object.entries(images)) {
    const { repository, tag, digest: before } = imageParts(image);
    if (tag === undefined) {
      pins.lines.push(`${name}: ${image} has no tag to ask for, and stays`);
      continue;
    }
    const tagged = `${repository}:${tag}`;
    const digest = await digestOf(tagged);
    if (digest === before) {
      pins.lines.push(`${name}: ${tagged} is ${digest} still`);
      continue;
    }
    const moved = before === undefined ? "" : `, no longer ${before}`;
    pins.lines.push(`${name}: ${tagged} is ${digest}${moved}`);
    pins.changed[name] = `${tagged}@${digest}`;
  }
  return pins;
}
