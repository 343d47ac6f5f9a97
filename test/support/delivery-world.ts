import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { parseDocument, stringify } from "yaml";
import { type Ended, npm as runScript } from "./run-script.ts";
import { type ServerPrograms, startApiServer } from "./api-server.ts";
import { type PlayedApi, playApi } from "./played-api.ts";
import { prerequisites } from "./prerequisites.ts";
import { Workspace } from "./workspace.ts";

/** Put into the configuration as secrets; never to be seen again. */
export const CANARIES = ["canary-one-5d1c", "canary-two-9f3a"] as const;

/** The models of both stacks. */
export const MODELS = ["iris.yaml", "titanic.yaml"].map((file) => ({
  file,
  replicas: { min: 1, max: 2 },
}));
const CONFIG = {
  "slipway:cluster": "local",
  "slipway:wait": false,
  "slipway:models": MODELS,
  "slipway:database": { kind: "external", host: "db.example.com", addresses: ["10.20.0.0/16"] },
  "slipway:endpoint": { kind: "ingress", host: "dev.example.com", tls: { secretName: "web" } },
};

/** A repository with two stacks, `dev` and `pr`, beside a bare Kubernetes API: what the scripts of the workflows work on. */
export class DeliveryWorld {
  /** Of the scripts; tests may add to it. */
  env: NodeJS.ProcessEnv = {};
  kubeconfig = "";
  #programs?: ServerPrograms;
  #workspace?: Workspace;
  #served?: PlayedApi;
  readonly #undo: (() => Promise<void> | void)[] = [];

  async start(pulumi: string, programs: ServerPrograms): Promise<void> {
    this.#programs = programs;
    const server = await startApiServer(programs);
    this.#undo.unshift(() => server.stop());
    this.kubeconfig = server.kubeconfig;
    const workspace = new Workspace(pulumi, server.kubeconfig);
    this.#workspace = workspace;
    this.#undo.unshift(() => {
      workspace.remove();
    });
    this.env = {
      CI: "true",
      KUBECONFIG: server.kubeconfig,
      PATH: [dirname(programs.kubectl), process.env["PATH"]].join(delimiter),
      PULUMI_BACKEND_URL: `file://${join(workspace.root, ".slipway/state")}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
    };
    for (const stack of ["dev", "pr"]) {
      writeFileSync(this.stackFile(stack), stringify({ config: CONFIG }));
      workspace.run("stack", "init", stack);
      this.setPassword(stack, CANARIES[0]);
    }
    workspace.commit("two stacks");
  }

  async stop(): Promise<void> {
    for (const step of this.#undo) await step();
  }

  get workspace(): Workspace {
    assert.ok(this.#workspace);
    return this.#workspace;
  }

  get programs(): ServerPrograms {
    assert.ok(this.#programs);
    return this.#programs;
  }

  /** Runs an npm script of the workspace; fails where it shows a secret. */
  async npm(
    script: string,
    args: string[],
    more: { env?: NodeJS.ProcessEnv; input?: string } = {},
  ): Promise<Ended> {
    const env = { ...this.env, ...more.env };
    const ended = await runScript(script, args, { ...more, cwd: this.workspace.root, env });
    for (const canary of CANARIES)
      assert.ok(!JSON.stringify(ended).includes(canary), `${script} shows a secret`);
    return ended;
  }

  kubectl(...args: string[]): string {
    return this.kubectlWith("", ...args);
  }

  /** @param input for `-f -`. */
  kubectlWith(input: string, ...args: string[]): string {
    const all = ["--kubeconfig", this.kubeconfig, ...args];
    return execFileSync(this.programs.kubectl, all, { encoding: "utf8", input });
  }

  /** Variables of a script whose predictions are answered: no pod runs here. */
  async served(): Promise<NodeJS.ProcessEnv> {
    if (this.#served === undefined) {
      this.#served = await playApi(this.programs.kubectl, (_, response) => {
        response.end(JSON.stringify({ model: { name: "any", version: "4" } }));
      });
      this.#undo.unshift(this.#served.stop);
    }
    return { PATH: [this.#served.folder, this.env["PATH"]].join(delimiter) };
  }

  /** Path of a file that git ignores. */
  scratch(name: string): string {
    return join(this.workspace.root, ".slipway", name);
  }

  stackFile(stack: string): string {
    return join(this.workspace.root, `Pulumi.${stack}.yaml`);
  }

  setPassword(stack: string, value: string): void {
    const key = ["--secret", "--path", "slipway:database.password", value];
    this.workspace.run("config", "set", "-s", stack, ...key);
  }

  /** Writes a key of `dev`, as a person does in an editor. */
  configure(key: string, value: unknown): void {
    const document = parseDocument(readFileSync(this.stackFile("dev"), "utf8"));
    document.setIn(["config", key], value);
    writeFileSync(this.stackFile("dev"), document.toString());
  }

  /** Takes {@link configure} and every other edit back. */
  restore(): void {
    this.workspace.git("checkout", "-q", ".");
  }
}

/**
 * `describe` with a world of its own; skipped where Pulumi or a Kubernetes API is missing.
 *
 * @param deployed begins with `pulumi up` of `dev`.
 */
export function describeDelivery(
  title: string,
  { deployed = false }: { deployed?: boolean },
  tests: (world: DeliveryWorld) => void,
): void {
  const { cli, programs, reason } = prerequisites();
  describe(`${title}${reason && ` (skipped: ${reason})`}`, function () {
    this.timeout(600_000);
    const world = new DeliveryWorld();
    before(async function () {
      if ("missing" in cli || programs === undefined) {
        this.skip();
        return;
      }
      await world.start(cli.pulumi, programs);
      if (deployed) world.workspace.change("up", "dev");
    });
    after(() => world.stop());
    tests(world);
  });
}
