import type { StackConfig } from "../../components/config/schema.ts";
import { readStackKey } from "../lib/stack/read-stack.ts";
import { editStackFile, PROJECT } from "../lib/stack/stack-file.ts";

/** Pins images in a stack file, beside those that are pinned already. */
export function writePins(file: string, pins: Record<string, string>): void {
  const all = { ...readPins(file), ...pins };
  if (Object.keys(all).length > 0) editStackFile(file, { [`${PROJECT}:pins`]: all });
}

/** The pins of a stack file. */
export function readPins(file: string): StackConfig["pins"] {
  return readStackKey("pins", file);
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
