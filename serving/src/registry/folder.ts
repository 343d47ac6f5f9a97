import { readFile, readdir, stat } from "node:fs/promises";
import { join } from "node:path";

import { PackageError } from "../model/package-error.ts";
import { SourceError, type Candidate, type ModelSource } from "./source.ts";

/** A model package in a folder, e.g. packed into the image. A changed `MLmodel` is a new version. */
export class FolderSource implements ModelSource {
  readonly description: string;
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
    this.description = path;
  }

  async resolve(): Promise<Candidate> {
    const { mtimeMs, size } = await this.#stat("MLmodel");
    return {
      key: `${mtimeMs}/${size}`,
      read: async (file, maxBytes) => {
        const { size } = await this.#stat(file);
        if (size > maxBytes) {
          throw new PackageError(
            "size",
            `${file} has ${size} bytes, more than the allowed ${maxBytes}`,
          );
        }
        return readFile(join(this.#path, file));
      },
      has: async (file) => (await readdir(this.#path)).includes(file),
    };
  }

  async #stat(file: string) {
    try {
      return await stat(join(this.#path, file));
    } catch (cause) {
      const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
      throw new SourceError(`cannot read ${join(this.#path, file)}: ${reason}`, false, { cause });
    }
  }
}
