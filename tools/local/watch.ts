import { createHash } from "node:crypto";
import { createReadStream, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { filesNamedIn } from "../../components/lib/model-file.ts";
import type { Model } from "../lib/models.ts";

/** What is known of a model's files. */
interface Known {
  /** The YAML, and the CSV and Python files that it names. */
  files: string[];
  /** Sizes and times at the last look. */
  seen: string;
  /** Sizes and times when the content was last read. */
  read: string;
  /** Hash of that content. */
  content: string;
}

/**
 * Notices that a model's YAML, or a file that it names, has another content. Sizes and times are looked at, not events: these come
 * from no network folder, and an editor that puts a new file in the place of the old one ends them.
 */
export class ModelWatch {
  readonly #known: Map<Model, Known>;

  private constructor(known: Map<Model, Known>) {
    this.#known = known;
  }

  /** Begins with the files as they are: what they hold from here on is new. */
  static async of(models: readonly Model[]): Promise<ModelWatch> {
    const known = models.map(async (model) => [model, await knownOf(model, [])] as const);
    return new ModelWatch(new Map(await Promise.all(known)));
  }

  /**
   * Models with another content than at the last answer. A file that changed since the last look may still be
   * written and is left to the next one; one that was only touched has not changed.
   */
  async changed(): Promise<Model[]> {
    const changed: Model[] = [];
    for (const [model, known] of this.#known) {
      const seen = stateOf(known.files);
      const settled = seen === known.seen;
      known.seen = seen;
      if (!settled || seen === known.read) continue;
      const now = await knownOf(model, known.files);
      this.#known.set(model, now);
      if (now.content !== known.content) changed.push(model);
    }
    return changed;
  }
}

async function knownOf(model: Model, before: string[]): Promise<Known> {
  const files = filesOf(model, before);
  // Before the content: what is written in between shows as a change.
  const seen = stateOf(files);
  return { files, seen, read: seen, content: await contentOf(files) };
}

/** Files that a model is made of. @param before answer for a YAML that cannot be read at the moment. */
function filesOf({ file }: Model, before: string[]): string[] {
  try {
    const named = filesNamedIn(readFileSync(file, "utf8"));
    const beside = Object.values(named).map((name) => path.resolve(path.dirname(file), name));
    return [file, ...beside];
  } catch {
    return before.length > 0 ? before : [file];
  }
}

function stateOf(files: string[]): string {
  const states = files.map((file) => {
    const stat = statSync(file, { throwIfNoEntry: false });
    return stat === undefined ? "none" : `${stat.ino} ${stat.size} ${stat.mtimeMs}`;
  });
  return states.join("\n");
}

async function contentOf(files: string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const file of files) {
    try {
      for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
    } catch {
      hash.update("unreadable");
    }
    hash.update("\0");
  }
  return hash.digest("hex");
}
