import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { execa } from "execa";
import { parse, stringify } from "yaml";
import { stopOwnEngine } from "../../../tools/sandbox/from-source/own-engine.ts";
import { CONFIG_FILE } from "../../../tools/lib/stack/sandbox.ts";
import { findPulumi } from "../../../tools/lib/pulumi-cli.ts";
import { kubectlFor } from "../../../tools/lib/kubectl.ts";
import { privateAuthorities } from "../../../tools/sandbox/authorities.ts";
import { type Cluster } from "../../../tools/sandbox/cluster.ts";
import { dockerEngine } from "../../../tools/sandbox/docker-engine.ts";
import { ctr, REGISTRIES } from "../../../tools/sandbox/from-source/node.ts";
import { ROOT } from "../../../tools/lib/paths.ts";
import { startRegistry } from "../../support/registry.ts";
import { end } from "../../support/processes.ts";
import { MODEL_FILE, writeOwnModel } from "./own-model.ts";

/** The bridge of the cluster from source: pods and containerd reach this machine there. */
const BRIDGE = "10.244.0.1";
const IDENTITY = ["-c", "user.name=test", "-c", "user.email=test@example.org"];

/** A team's repository with its remote, a private registry, and two stacks on the sandbox's cluster. */
export class Rehearsal {
  static readonly stacks = ["staging", "prod"] as const;
  /** Where the team works. */
  readonly clone: string;
  readonly #folder: string;
  readonly #cluster: Cluster;
  readonly #children: ChildProcess[] = [];
  #env: Record<string, string> = {};
  #host = "";
  /** What must be seen nowhere. */
  secrets: string[] = [];

  private constructor(folder: string, cluster: Cluster) {
    this.#folder = folder;
    this.#cluster = cluster;
    this.clone = join(folder, "clone");
  }

  static async create(cluster: Cluster): Promise<Rehearsal> {
    const rehearsal = new Rehearsal(await mkdtemp(join(tmpdir(), "slipway-rehearsal-")), cluster);
    try {
      await rehearsal.#prepare();
    } catch (error) {
      await rehearsal.remove();
      throw error;
    }
    return rehearsal;
  }

  async #prepare(): Promise<void> {
    const registry = await startRegistry(this.#folder, this.#children, BRIDGE);
    const { host, username, password } = registry;
    this.#host = host;
    const trust = join(REGISTRIES, host);
    await mkdir(trust, { recursive: true });
    const hosts = `server = "https://${host}"\n[host."https://${host}"]\nskip_verify = true\n`;
    await writeFile(join(trust, "hosts.toml"), hosts);
    const passphrase = randomBytes(16).toString("hex");
    this.secrets = [password, passphrase];
    const engine = await dockerEngine();
    await mkdir(join(this.#folder, "state"));
    this.#env = {
      ...this.#cluster.env,
      ...registry.environment,
      ...(engine.env.DOCKER_HOST === undefined ? {} : { DOCKER_HOST: engine.env.DOCKER_HOST }),
      PATH: [dirname(this.#cluster.kubectl), process.env["PATH"]].join(delimiter),
      PULUMI_BACKEND_URL: `file://${join(this.#folder, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: passphrase,
      PULUMI_SKIP_UPDATE_CHECK: "true",
    };
    await this.#repository();
    for (const stack of Rehearsal.stacks) await this.#stack(stack, { host, username }, password);
    await this.commit("Our registry and cluster");
    await this.git("push", "-q", "origin", "HEAD:main", "HEAD:develop");
  }

  /** A clone with a remote of its own, as a team's would be. */
  async #repository(): Promise<void> {
    const remote = join(this.#folder, "remote.git");
    await execa`git init -q --bare ${remote}`;
    await execa`git clone -q ${ROOT} ${this.clone}`;
    await symlink(join(ROOT, "node_modules"), join(this.clone, "node_modules"));
    await writeFile(join(this.clone, ".git/info/exclude"), "node_modules\n.slipway\n");
    await this.git("remote", "set-url", "origin", remote);
    await this.git("checkout", "-q", "-B", "develop");
    await writeOwnModel(this.clone);
  }

  async #stack(stack: string, registry: object, password: string): Promise<void> {
    const sandbox = parse(await readFile(CONFIG_FILE, "utf8")) as {
      config: Record<string, unknown>;
    };
    const config = {
      "kubernetes:context": this.#cluster.context,
      "slipway:protect": stack === "prod",
      "slipway:registry": { ...registry, prefix: "team/slipway" },
      "slipway:build": {
        // What staging pushed, and nothing else.
        promote: stack === "prod",
        network: "host",
        args: { EXTRA_CA: await privateAuthorities() },
      },
      "slipway:images": sandbox.config["slipway:images"],
      // Small, because both environments share one node.
      "slipway:mlflow": { resources: { cpu: "100m" } },
      "slipway:models": [
        {
          file: basename(MODEL_FILE),
          replicas: { min: 2, max: 3, cpuPercent: 90 },
          training: { resources: { cpu: "100m" } },
        },
      ],
      "slipway:endpoint": { kind: "none" },
      "slipway:monitoring": { kind: "off" },
    };
    await writeFile(this.stackFile(stack), stringify({ config }));
    const pulumi = (await findPulumi()) ?? "pulumi";
    const run = execa({ cwd: this.clone, env: this.#env });
    await run`${pulumi} stack init ${stack}`;
    // From standard input, as secrets are given: an argument would be seen by every process.
    const set = [
      "config",
      "set",
      "--stack",
      stack,
      "--secret",
      "--path",
      "slipway:registry.password",
    ];
    await execa(pulumi, set, { cwd: this.clone, env: this.#env, input: password });
  }

  stackFile(stack: string): string {
    return join(this.clone, `Pulumi.${stack}.yaml`);
  }

  async git(...args: string[]): Promise<string> {
    return (await execa("git", [...IDENTITY, ...args], { cwd: this.clone })).stdout;
  }

  async commit(message: string): Promise<void> {
    await this.git("add", "-A");
    await this.git("commit", "-qm", message);
  }

  /** Runs what a workflow's step runs; its failure is an outcome too. */
  async npm(command: string, ...args: string[]): Promise<{ exitCode: number; all: string }> {
    const options = { cwd: this.clone, env: this.#env, all: true, reject: false } as const;
    const words = ["run", "--silent", command, "--", ...args];
    const { exitCode, all } = await execa("npm", words, { ...options, stdin: "ignore" });
    return { exitCode: exitCode ?? 1, all };
  }

  async kubectl(stack: string, ...args: string[]): Promise<string> {
    return (await kubectlFor(this.#cluster)(["-n", `slipway-${stack}`, ...args])).stdout;
  }

  /** Ends the registry and removes both environments, prod's protected objects too. */
  async remove(): Promise<void> {
    const namespaces = Rehearsal.stacks.map((stack) => `slipway-${stack}`);
    const kubectl = kubectlFor(this.#cluster);
    await kubectl(["delete", "namespace", "--ignore-not-found", ...namespaces]);
    for (const child of this.#children) await end(child);
    await stopOwnEngine();
    const { stdout } = await ctr("images", "list", "--quiet");
    const pulled = String(stdout)
      .split("\n")
      .filter((name) => name.startsWith(`${this.#host}/`));
    if (this.#host !== "" && pulled.length > 0) await ctr("images", "rm", ...pulled);
    await rm(this.#folder, { recursive: true, force: true });
  }
}
