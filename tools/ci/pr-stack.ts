import { rm } from "node:fs/promises";
import { execa } from "execa";
import { z } from "zod";
import { openEnvironment } from "../lib/stack/open-environment.ts";
import { findPulumi } from "../lib/pulumi-cli.ts";
import { Failure, reasonOf } from "../lib/failure.ts";
import { LOCKED } from "../lib/stack/pulumi-up.ts";
import { unlock } from "../lib/stack/unlock.ts";
import { readStack } from "../lib/stack/read-stack.ts";
import { stackFile } from "../lib/stack/stack-file.ts";
import { ROOT } from "../lib/paths.ts";
import { PORTS } from "../../components/well-known.ts";
import { withRemedy } from "./remedies.ts";
import { type Host, discoverHosts } from "./discover-hosts.ts";

const ENV = { PULUMI_SKIP_UPDATE_CHECK: "true" };
const stacks = z.array(z.object({ name: z.string() }));

/** The environment of one pull request: stack `pr-<number>` with a copy of another stack's configuration. */
export class PrSandbox {
  readonly stack: string;
  readonly #number: number;
  readonly #template: string;

  /** @param template stack whose configuration, secrets included, is copied. */
  constructor(number: number, template: string) {
    this.#number = number;
    this.#template = template;
    this.stack = `pr-${number}`;
  }

  /** Numbers of the pull requests that have an environment. */
  static async all(): Promise<number[]> {
    return (await stackNames()).flatMap((name) => {
      const number = /^pr-(\d+)$/.exec(name)?.[1];
      return number === undefined ? [] : [Number(number)];
    });
  }

  /** Makes or updates it; gives the comment that says where it is. */
  async up(): Promise<string> {
    const names = await stackNames();
    if (!names.includes(this.#template)) {
      throw new Failure(
        `the state has no stack '${this.#template}' to copy from: \`npx pulumi stack init ${this.#template}\` once (docs/ci.md#sandboxes)`,
      );
    }
    if (readStack(this.#template).namespace !== undefined) {
      throw new Failure(
        `Pulumi.${this.#template}.yaml names a 'namespace', which has room for one environment, not for one per pull request: ` +
          "remove the key; the cluster's account must be allowed to make namespaces (docs/ci.md#sandboxes)",
      );
    }
    if (!names.includes(this.stack)) await pulumi("stack", "init", "--no-select", this.stack);
    await this.#configure();
    await this.#change("up");
    const environment = await openEnvironment({ stack: this.stack });
    return this.#comment(environment.namespace, await discoverHosts(environment));
  }

  /** Removes it with all that is in it; does nothing where there is none. */
  async destroy(): Promise<void> {
    if (!(await stackNames()).includes(this.stack)) {
      process.stderr.write(`there is no stack ${this.stack}: nothing to remove\n`);
      return;
    }
    await this.#configure();
    await this.#change("destroy");
    await pulumi("stack", "rm", "--yes", this.stack);
    await rm(stackFile(this.stack), { force: true });
    process.stderr.write(`${this.stack} is removed\n`);
  }

  /** CI runs one command of a pull request at a time, so a lock is what a killed run left, unless its process lives. */
  async #change(verb: "up" | "destroy"): Promise<void> {
    const words = [verb, "--yes", "--skip-preview", "--stack", this.stack] as const;
    try {
      await pulumi(...words);
    } catch (error) {
      const said = reasonOf(error);
      if (!LOCKED.test(said)) throw error;
      await unlock({ command: await cli(), env: ENV, stack: ["--stack", this.stack] }, said);
      await pulumi(...words);
    }
  }

  async #configure(): Promise<void> {
    const { stack } = this;
    await pulumi("config", "cp", "--stack", this.#template, "--dest", stack);
    const { kind, host } = readStack(this.#template).endpoint;
    // A Route's name holds the namespace already.
    if (host === undefined || kind === "openshiftRoute" || kind === "nodePort") return;
    await pulumi(
      "config",
      "set",
      "--stack",
      stack,
      "--path",
      "slipway:endpoint.host",
      `${stack}.${host}`,
    );
  }

  #comment(namespace: string, hosts: Host[]): string {
    const { stack } = this;
    const rows = hosts.map(({ service, url }) => `| \`${service}\` | ${url} |`);
    const forward = `\`kubectl -n ${namespace} port-forward service/ui ${PORTS.ui}\``;
    return [
      "<!-- slipway sandbox -->",
      `### Sandbox \`${stack}\``,
      "",
      ...(rows.length > 0
        ? ["| | address |", "|---|---|", ...rows]
        : [`No way in from outside; ${forward}.`]),
      "",
      `It goes away with this pull request, or when the label \`sandbox\` does. Anew: run the workflow *sandbox* with \`recreate\` and ${this.#number}.`,
      "",
    ].join("\n");
  }
}

async function stackNames(): Promise<string[]> {
  const { stdout } = await pulumi("stack", "ls", "--json");
  return stacks.parse(JSON.parse(stdout)).map(({ name }) => name);
}

async function cli(): Promise<string> {
  const command = await findPulumi();
  if (command === undefined)
    throw new Failure("there is no Pulumi CLI on the PATH and none can be fetched: install it");
  return command;
}

async function pulumi(...args: readonly [string, ...string[]]): Promise<{ stdout: string }> {
  const shown = ["up", "destroy"].includes(args[0]);
  const { failed, stdout, stderr } = await execa(await cli(), [...args, "--non-interactive"], {
    cwd: ROOT,
    env: ENV,
    stdin: "ignore",
    stdout: shown ? ["pipe", 2] : "pipe",
    reject: false,
    maxBuffer: 2 ** 28,
  });
  if (failed)
    throw new Failure(
      withRemedy(`pulumi ${args.slice(0, 2).join(" ")} failed: ${stderr || stdout.slice(-2000)}`),
    );
  return { stdout };
}
