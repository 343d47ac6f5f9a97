import { createHash } from "node:crypto";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { PackageError } from "../model/package-error.ts";
import { FolderSource } from "./folder.ts";
import { SourceError, type Candidate, type ModelSource } from "./source.ts";

/** What stands beside the files of a kept package. */
interface Index {
  readonly key: string;
  readonly name: string;
  readonly version: string;
  /** SHA-256 of each file, in hex. */
  readonly files: Readonly<Record<string, string>>;
}

const INDEX = "package.json";
const INDEX_BYTES = 65_536;

/**
 * The last package of one model that could be served, on disk: what a server starts from when the registry is away. It holds
 * one package, so it is as large as a model may be, and is written whole or not at all.
 */
export class PackageCache implements ModelSource {
  readonly description: string;
  readonly #folder: string;
  readonly #name: string;

  /** @param folder may hold the packages of other models too, @param name of the model. */
  constructor(folder: string, name: string) {
    this.#folder = join(folder, encodeURIComponent(name));
    this.#name = name;
    this.description = `the last good package, in ${this.#folder}`;
  }

  /** @throws SourceError where nothing was kept, or what was kept is not readable. */
  async resolve(): Promise<Candidate> {
    const folder = await new FolderSource(this.#folder).resolve();
    const { key, name, version, files } = this.#index(await folder.read(INDEX, INDEX_BYTES));
    return {
      ...{ key, name, version },
      read: async (file, maxBytes) => {
        const bytes = await folder.read(file, maxBytes);
        if (sha256(bytes) === files[file]) return bytes;
        throw new PackageError("checksum", `${join(this.#folder, file)} is not what was kept`);
      },
      has: (file) => Promise.resolve(Object.hasOwn(files, file)),
    };
  }

  /** Keeps a package's files in the place of what was kept before. A folder, which has no version, is not kept. */
  async keep(candidate: Candidate, files: ReadonlyMap<string, Buffer>): Promise<void> {
    const { key, version } = candidate;
    if (version === undefined) return;
    const kept = Object.fromEntries([...files].map(([file, bytes]) => [file, sha256(bytes)]));
    const index: Index = { key, name: this.#name, version, files: kept };
    const next = `${this.#folder}.${process.pid}`;
    await rm(next, { recursive: true, force: true });
    await mkdir(next, { recursive: true });
    for (const [file, bytes] of files) await writeFile(join(next, file), bytes);
    await writeFile(join(next, INDEX), JSON.stringify(index));
    await rm(this.#folder, { recursive: true, force: true });
    await rename(next, this.#folder);
  }

  #index(bytes: Buffer): Index {
    try {
      const index = JSON.parse(bytes.toString("utf8")) as Index;
      if (index.name === this.#name && typeof index.version === "string") return index;
    } catch {
      // Said below, as of an index that lacks something.
    }
    throw new SourceError(`${join(this.#folder, INDEX)} is not one of ours`, false);
  }
}

/** A candidate whose files are remembered as they are read, to be kept once they turned out well. */
export function remembered(candidate: Candidate): {
  candidate: Candidate;
  files: Map<string, Buffer>;
} {
  const files = new Map<string, Buffer>();
  const read = async (file: string, maxBytes: number) => {
    const bytes = await candidate.read(file, maxBytes);
    files.set(file, bytes);
    return bytes;
  };
  return { candidate: { ...candidate, read }, files };
}

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
