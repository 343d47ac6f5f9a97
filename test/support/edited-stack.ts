import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
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

  write(settings: Settings): void {
    const file = join(this.#workspace.root, `Pulumi.${this.name}.yaml`);
    writeFileSync(file, stringify({ config: settings }));
  }
}

/** One stack with everything that is bundled, and two models on node ports. */
export const BASE: Settings = {
  "slipway:wait": false,
  "slipway:registry": registry("first"),
  "slipway:pins": Object.fromEntries(
    ["training", "serving", "ui", "mlflow", "minio"].map((name) => [
      name,
      `registry.example.com/team/${name}:1a2b3c4@sha256:${"ab".repeat(32)}`,
    ]),
  ),
  "slipway:models": [
    { file: "diabetes.yaml", nodePort: 30800 },
    { file: "iris.yaml", nodePort: 30801 },
  ],
  "slipway:endpoint": { kind: "nodePort" },
};

/** A registry with an account of that password. */
export function registry(password: string): Settings {
  return { host: "registry.example.com", prefix: "team", username: "robot", password };
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
