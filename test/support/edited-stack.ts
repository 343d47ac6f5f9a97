import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import * as rows from "../../tools/docs/changes/rows.ts";
import type { Change } from "../../tools/lib/changes/change.ts";
import { readEvents } from "../../tools/lib/changes/preview-events.ts";
import type { RawConfig } from "../../tools/lib/stack/stack-file.ts";
import type { Workspace } from "./workspace.ts";

/** Settings below `config:`, with their prefix. */
export type Settings = Record<string, unknown>;

/** A stack whose file tests write anew for each edit. Its images are pinned, so that nothing is built. */
export class EditedStack {
  readonly name = "team";
  readonly #workspace: Workspace;

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
    this.write(BASE);
    workspace.run("stack", "init", this.name);
    workspace.commit("a stack of a team");
  }

  /** What `up` touches after an edit, e.g. `update Secret registry`, sorted. @throws Error with what the engine said. */
  up(settings: Settings): string[] {
    this.write(settings);
    return named(this.#workspace.change("up", this.name).touched);
  }

  /** What `preview` says of an edit. */
  preview(settings: Settings): Change[] {
    this.write(settings);
    return readEvents(this.#workspace.run("preview", "-s", this.name, "--json")).changes;
  }

  write(settings: Settings): void {
    const file = join(this.#workspace.root, `Pulumi.${this.name}.yaml`);
    writeFileSync(file, stringify({ config: settings }));
  }
}

/** One stack with everything that is bundled, and two models on node ports. */
export const BASE = settings(rows.BASE);

/** A registry with an account of that password. */
export const registry = rows.registry;

/** Keys with the prefix that a stack file has them with. */
export function settings(keys: RawConfig): Settings {
  return Object.fromEntries(Object.entries(keys).map(([key, value]) => [`slipway:${key}`, value]));
}

/** `update kubernetes:core/v1:Secret$… name` in the words of a person: `update Secret name`. */
function named(touched: readonly string[]): string[] {
  return touched
    .map((line) => {
      const [operation = "", type = "", name = ""] = line.split(" ");
      return `${operation} ${type.split(/[:$]/).at(-1) ?? type} ${name}`;
    })
    .filter((line) => !line.startsWith("create-replacement") && !line.startsWith("delete-replaced"))
    .sort();
}
