import { readFile, writeFile } from "node:fs/promises";
import { parseDocument } from "yaml";
import { PROJECT } from "../render/stack-file.ts";

const KEY = `${PROJECT}:pins`;

/** Pins images in a stack file, which keeps its comments and order. */
export async function writePins(file: string, pins: Record<string, string>): Promise<void> {
  const document = parseDocument(await readFile(file, "utf8"));
  for (const [image, reference] of Object.entries(pins)) {
    document.setIn(["config", KEY, image], reference);
  }
  await writeFile(file, document.toString({ lineWidth: 0, flowCollectionPadding: true }));
}

/** The pins of a stack file. */
export async function readPins(file: string): Promise<Record<string, string>> {
  const document = parseDocument(await readFile(file, "utf8"));
  const { config = {} } = document.toJS() as { config?: Record<string, unknown> };
  return (config[KEY] ?? {}) as Record<string, string>;
}

/**
 * `repository:tag@digest`, as `slipway:pins` takes it: a digest alone would lose the commit that it was built from.
 *
 * @param reference `repository@digest`, or `repository:tag` where there is no registry.
 */
export function pinOf(reference: string, tag: string): string {
  const [repository = "", digest] = reference.split("@");
  return digest === undefined ? reference : `${repository}:${tag}@${digest}`;
}
