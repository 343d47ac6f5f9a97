import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { execa } from "execa";
import { parse, stringify } from "yaml";
import { stopOwnEngine } from "../../../tools/sandbox/from-source/own-engine.ts";
import { CONFIG_FILE } from "../../../tools/lib/stack/sandbox.ts";
import { findPulumi } from "../../../tools/lib/pulumi-cli.ts";
import { argoCdImages, writeArgoCdManifests } from "../../../tools/sandbox/from-source/argo-cd.ts";
import type { Cluster } from "../../../tools/sandbox/cluster.ts";
import { buildAll } from "../../../tools/lib/go-build.ts";
import { ROOT } from "../../../tools/lib/paths.ts";
import { ARGO_CD } from "../../../tools/sandbox/from-source/sources.ts";
import { type GitServer, startGitServer } from "../../support/git-server.ts";

/** Name of the stack; its namespace is `slipway-gitops`. */
export const STACK = "gitops";
/** The bridge of the cluster from source: pods reach this machine there. */
const BRIDGE = "10.244.0.1";
const IDENTITY = ["-c", "user.name=test", "-c", "user.email=test@example.org"];

/** A second small stack on the sandbox's cluster, with its repository, its clone and its own Pulumi state. */
export class GitopsStack {
  readonly #folder: string;
  readonly #pulumi: string;
  readonly #env: Record<string, string>;
  readonly git: GitServer;
  /** The clone that a developer works in. */
  readonly clone: string;
  /** A checkout of the branch `gitops/gitops`. */
  readonly branch: string;

  private constructor(folder: string, pulumi: string, cluster: Cluster, git: GitServer) {
    this.#folder = folder;
    this.#pulumi = pulumi;
    this.git = git;
    this.clone = join(folder, "clone");
    this.branch = join(folder, "branch");
    this.#env = {
      ...cluster.env,
      PATH: [dirname(cluster.kubectl), process.env["PATH"]].join(delimiter),
      PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: randomBytes(16).toString("hex"),
      PULUMI_SKIP_UPDATE_CHECK: "true",
    };
  }

  /** Builds and loads Argo CD, starts the git server and writes the stack's configuration; deploys nothing. */
  static async create(cluster: Cluster): Promise<GitopsStack> {
    const pulumi = await findPulumi();
    if (pulumi === undefined) throw new Error("there is no Pulumi CLI");
    await buildAll([ARGO_CD]);
    await cluster.load(argoCdImages());
    await stopOwnEngine();
    const folder = await mkdtemp(join(tmpdir(), "slipway-gitops-"));
    const stack = new GitopsStack(folder, pulumi, cluster, await startGitServer(BRIDGE));
    await stack.#prepare(cluster);
    return stack;
  }

  async #prepare(cluster: Cluster): Promise<void> {
    await mkdir(join(this.#folder, "state"));
    // A clone keeps the commits, so the images that the sandbox has loaded are the right ones.
    const dirty = await execa({ cwd: ROOT })`git status --porcelain training serving ui images`;
    assert.equal(dirty.stdout, "", "the stack runs images of the last commit: commit first");
    await execa`git clone -q ${ROOT} ${this.clone}`;
    await symlink(join(ROOT, "node_modules"), join(this.clone, "node_modules"));
    await writeFile(join(this.clone, ".git/info/exclude"), "node_modules\n");
    const run = this.in(this.clone);
    await run("git", "remote", "set-url", "origin", this.git.urlWithToken);

    const sandbox = parse(await readFile(CONFIG_FILE, "utf8")) as { config: object };
    const config = {
      ...sandbox.config,
      "kubernetes:context": cluster.context,
      "slipway:models": [{ file: "diabetes.yaml", replicas: { min: 1, max: 2 } }],
      "slipway:endpoint": { kind: "none" },
      "slipway:ui": { replicas: 1 },
      "slipway:delivery": "argocd",
      "slipway:argocd": {
        repository: this.git.url,
        username: this.git.username,
        manifests: await writeArgoCdManifests(),
      },
    };
    await writeFile(join(this.clone, `Pulumi.${STACK}.yaml`), stringify({ config }));
    await this.pulumi("stack", "init", STACK);
    const token = ["--secret", "--path", "slipway:argocd.token", this.git.token];
    await this.pulumi("config", "set", "--stack", STACK, ...token);
    await run("git", "add", "-A");
    await this.commit("A stack that Argo CD serves");
  }

  /** Runs a program in a folder and gives its standard output. */
  in(cwd: string) {
    return async (program: string, ...args: string[]): Promise<string> => {
      const options = { cwd, env: this.#env, stdin: "ignore" } as const;
      return (await execa(program, args, options)).stdout;
    };
  }

  async commit(message: string, cwd = this.clone): Promise<void> {
    await this.in(cwd)("git", ...IDENTITY, "commit", "-qam", message);
  }

  async revert(cwd: string): Promise<void> {
    await this.in(cwd)("git", ...IDENTITY, "revert", "--no-edit", "HEAD");
  }

  pulumi(...args: string[]): Promise<string> {
    return this.in(this.clone)(this.#pulumi, ...args, "--non-interactive");
  }

  /** What CI does after a merge. @returns the branch's commit. */
  async deploy(): Promise<string> {
    const run = this.in(this.clone);
    await run("git", "push", "-q", "origin", "HEAD:main");
    const args = ["--stack", STACK, "--push"];
    await run(process.execPath, "--import", "tsx", "tools/gitops/index.ts", ...args);
    return run("git", "rev-parse", `gitops/${STACK}`);
  }

  /** Changes a file of the branch by hand, as somebody in a hurry does. @returns the branch's commit. */
  async editBranch(file: string, change: (text: string) => string, message: string) {
    await this.checkOutBranch();
    const path = join(this.branch, file);
    const text = await readFile(path, "utf8").catch(() => "");
    await writeFile(path, change(text));
    await this.in(this.branch)("git", "add", "-A");
    await this.commit(message, this.branch);
    return this.pushBranch();
  }

  async pushBranch(): Promise<string> {
    const run = this.in(this.branch);
    await run("git", "push", "-q", "origin", `HEAD:gitops/${STACK}`);
    return run("git", "rev-parse", "HEAD");
  }

  async checkOutBranch(): Promise<void> {
    await rm(this.branch, { recursive: true, force: true });
    const args = ["clone", "-q", "--branch", `gitops/${STACK}`, this.git.urlWithToken];
    await this.in(this.#folder)("git", ...args, this.branch);
  }

  async remove(): Promise<void> {
    await this.pulumi("destroy", "--stack", STACK, "--yes", "--skip-preview");
    this.git.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
