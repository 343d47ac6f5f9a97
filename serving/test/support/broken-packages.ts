import { createHash } from "node:crypto";
import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";

import { changedPackage, packageOf, type Metadata } from "./packages.ts";

interface BrokenPackage {
  readonly what: string;
  readonly reason: RegExp;
  /** Writes the package and gives its folder. */
  readonly make: () => Promise<string>;
}

/** Packages that must never be served, each with the reason that is given. */
export const BROKEN_PACKAGES: readonly BrokenPackage[] = [
  {
    what: "a truncated file",
    reason: /\(size\).*bytes instead of/,
    make: () =>
      changedPackage("iris", (_, folder) => {
        truncateSync(path.join(folder, "model.onnx"), 100);
      }),
  },
  {
    what: "changed bytes",
    reason: /\(checksum\)/,
    make: () =>
      changedPackage("iris", (_, folder) => {
        const bytes = readFileSync(path.join(folder, "model.onnx"));
        bytes[100] = (bytes[100] ?? 0) ^ 255;
        writeFileSync(path.join(folder, "model.onnx"), bytes);
      }),
  },
  {
    what: "a file larger than stated",
    reason: /\(size\)/,
    make: () => changedPackage("iris", shrinkSize),
  },
  {
    what: "a file larger than allowed",
    reason: /\(size\).*MAX_MODEL_BYTES/,
    make: () => changedPackage("iris", ({ onnx }) => (onnx["size"] = 10 ** 12)),
  },
  { what: "a pickle", reason: /\(graph\)/, make: () => changedPackage("iris", pickle) },
  {
    what: "another graph's inputs",
    reason: /\(graph\).*the graph takes/,
    make: async () => {
      const diabetes = await packageOf("diabetes");
      return changedPackage("iris", (metadata, folder) => {
        swapGraph(metadata, folder, diabetes);
      });
    },
  },
  {
    what: "another answer on the example row",
    reason: /\(example\)/,
    make: () =>
      changedPackage("iris", ({ expected }) => (expected["probabilities"] = [0.4, 0.3, 0.3])),
  },
  { what: "no metadata", reason: /\(metadata\)/, make: () => changedFile("flavors: {}\n") },
  {
    what: "an MLmodel that is not YAML",
    reason: /\(metadata\).*not YAML/,
    make: () => changedFile("a: ["),
  },
];

/** A package whose `MLmodel` says less than it must. */
async function changedFile(text: string): Promise<string> {
  const folder = await changedPackage("iris", () => undefined);
  writeFileSync(path.join(folder, "MLmodel"), text);
  return folder;
}

function shrinkSize({ onnx }: Metadata): void {
  onnx["size"] = Number(onnx["size"]) - 1;
}

/** Python's pickle of an object, under a truthful checksum. */
function pickle(metadata: Metadata, folder: string): void {
  replaceGraph(
    metadata,
    folder,
    Buffer.from("\x80\x04\x95\x1a\x00cposix\nsystem\n(S'id'\ntR.", "latin1"),
  );
}

function swapGraph(metadata: Metadata, folder: string, other: string): void {
  replaceGraph(metadata, folder, readFileSync(path.join(other, "model.onnx")));
}

function replaceGraph({ onnx }: Metadata, folder: string, bytes: Buffer): void {
  writeFileSync(path.join(folder, "model.onnx"), bytes);
  onnx["size"] = bytes.length;
  onnx["sha256"] = createHash("sha256").update(bytes).digest("hex");
}
