import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import * as rows from "../../tools/docs/changes/rows.ts";
import type { Change } from "../../tools/lib/changes/change.ts";
import { readEvents } from "../../tools/lib/changes/preview-events.ts";
import type { RawConfig } from "../../tools/lib/stack/stack-file.ts";
import { type ServerPrograms, startApiServer } from "./api-server.ts";
import { prerequisites } from "./prerequisites.ts";
import { Workspace } from "./workspace.ts";

/** Settings below `config:`, with their prefix. */
export type Settings = Record<string, unknown>;

/** A stack beside a bare Kubernetes API, whose file tests write anew for each edit. Its images are pinned: nothing is built. */
export class EditedStack {
  readonly name = "team";
  readonly #undo: (() => Promise<void> | void)[] = [];
  #kubectl: string[] = [];
  #workspace?: Workspace;

  /** @param environment of the CLI, beside this process's own. */
  async start(
    pulumi: string,
    programs: ServerPrograms,
    environment: NodeJS.ProcessEnv = {},
  ): Promise<void> {
    const server = await startApiServer(programs);
    this.#undo.unshift(() => server.stop());
    this.#kubectl = [programs.kubectl, "--kubeconfig", server.kubeconfig];
    // One event a line, as `npm run preview` reads them.
    const streaming = { PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true" };
    const workspace = new Workspace(pulumi, server.kubeconfig, { ...streaming, ...environment });
    this.#workspace = workspace;
    this.#undo.unshift(() => {
      workspace.remove();
    });
    this.write(BASE);
    workspace.run("stack", "init", this.name);
    workspace.commit("a stack of a team");
  }

  async stop(): Promise<void> {
    for (const step of this.#undo) await step();
  }

  get workspace(): Workspace {
    assert.ok(this.#workspace);
    return this.#workspace;
  }

  /** What `up` touches after an edit, e.g. `update Secret registry`, sorted. @throws Error with what the engine said. */
  up(settings: Settings, ...more: string[]): string[] {
    this.write(settings);
    return named(this.workspace.change("up", this.name, ...more).touched);
  }

  /** The URN of a resource in the state. */
  urn(type: string, name: string): string {
    const { deployment } = JSON.parse(this.workspace.run("stack", "export", "-s", this.name)) as {
      deployment: { resources: { urn: string; type: string }[] };
    };
    const found = deployment.resources.find(
      (one) => one.type === type && one.urn.endsWith(`::${name}`),
    );
    assert.ok(found, `${type} ${name}`);
    return found.urn;
  }

  /** What `preview` says of an edit. */
  preview(settings: Settings): Change[] {
    this.write(settings);
    return readEvents(this.workspace.run("preview", "-s", this.name, "--json")).changes;
  }

  write(settings: Settings): void {
    const file = join(this.workspace.root, `Pulumi.${this.name}.yaml`);
    writeFileSync(file, stringify({ config: settings }));
  }

  /** @param input for `-f -`. */
  kubectl(args: string[], input = ""): string {
    const [command = "", ...first] = this.#kubectl;
    return execFileSync(command, [...first, ...args], { encoding: "utf8", input });
  }
}

/**
 * `describe` with a stack of its own; skipped where Pulumi or a Kubernetes API is missing.
 *
 * @param begin makes the stack's first `up`.
 * @param environment of the CLI, beside this process's own.
 */
export function describeStack(
  title: string,
  tests: (stack: EditedStack) => void,
  begin = (stack: EditedStack): void => void stack.up(BASE),
  environment: NodeJS.ProcessEnv = {},
): void {
  const { cli, programs, reason } = prerequisites();
  describe(`${title}${reason && ` (skipped: ${reason})`}`, function () {
    this.timeout(600_000);
    const stack = new EditedStack();
    before(async function () {
      if ("missing" in cli || programs === undefined) {
        this.skip();
        return;
      }
      await stack.start(cli.pulumi, programs, environment);
      begin(stack);
    });
    after(() => stack.stop());
    tests(stack);
  });
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
