import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { installed } from "../../tools/lib/installed.ts";

const ROOT = join(import.meta.dirname, "..", "..");

/** How many resources an operation touches, by what it does to them. */
export type Changes = Record<string, number>;

interface Event {
  summaryEvent?: { resourceChanges?: Changes };
  resourcePreEvent?: { metadata: { op: string; urn: string } };
  diagnosticEvent?: { severity: string; message: string };
}

/** Where Pulumi keeps the providers' plugins, a folder of {@link pluginName} each. */
export const PLUGINS = join(process.env["PULUMI_HOME"] ?? join(homedir(), ".pulumi"), "plugins");

export function pluginName(provider: string, version: string): string {
  return `resource-${provider}-v${version}`;
}

/** The version of a provider that package.json pins. */
export function pinnedVersion(provider: string): string {
  const text = readFileSync(join(ROOT, "package.json"), "utf8");
  const { devDependencies } = JSON.parse(text) as { devDependencies: Record<string, string> };
  return devDependencies[`@pulumi/${provider}`] ?? "";
}

/**
 * The real CLI on the PATH, with every provider's plugin in place; else the reason why not. npm's
 * launcher does not count: it would download the CLI.
 */
export function findPulumi(
  providers = ["kubernetes", "random"],
): { pulumi: string } | { missing: string } {
  const pulumi = installed("pulumi");
  if (pulumi === undefined) return { missing: "the Pulumi CLI is not on the PATH" };
  const absent = providers.filter((name) => {
    const folder = pluginName(name, pinnedVersion(name));
    return !existsSync(join(PLUGINS, folder, `pulumi-resource-${name}`));
  });
  if (absent.length > 0) return { missing: `no Pulumi plugin for ${absent.join(", ")}` };
  return { pulumi };
}

/** A copy of the working tree as a repository of its own, with a local state: what a person has after a clone. */
export class Workspace {
  readonly root: string;
  readonly #pulumi: string;
  readonly #env: NodeJS.ProcessEnv;

  constructor(pulumi: string, kubeconfig: string, environment: NodeJS.ProcessEnv = {}) {
    this.root = mkdtempSync(join(tmpdir(), "slipway-workspace-"));
    this.#pulumi = pulumi;
    const state = join(this.root, ".slipway", "state");
    this.#env = {
      ...process.env,
      KUBECONFIG: kubeconfig,
      PULUMI_BACKEND_URL: `file://${state}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      NODE_OPTIONS: "",
      ...environment,
    };
    const files = execFileSync("git", ["ls-files", "-z", "-co", "--exclude-standard"], {
      cwd: ROOT,
      encoding: "utf8",
    });
    for (const file of files.split("\0")) {
      if (file === "" || !existsSync(join(ROOT, file))) continue;
      mkdirSync(dirname(join(this.root, file)), { recursive: true });
      cpSync(join(ROOT, file), join(this.root, file));
    }
    symlinkSync(join(ROOT, "node_modules"), join(this.root, "node_modules"));
    mkdirSync(state, { recursive: true });
    this.git("init", "-q");
    writeFileSync(join(this.root, ".git/info/exclude"), "node_modules\n");
    this.commit("everything");
  }

  /** Changes a file as a person does in an editor; fails where `from` is not in it. */
  edit(file: string, from: string, to: string): void {
    const text = readFileSync(join(this.root, file), "utf8");
    assert.ok(text.includes(from), `${file} has no ${from}`);
    writeFileSync(join(this.root, file), text.replace(from, to));
  }

  /** Lets every container gain privileges, which the policies refuse and no setting can ask for. */
  breakPolicy(): void {
    const setting = "allowPrivilegeEscalation:";
    this.edit("components/lib/pod.ts", `${setting} false`, `${setting} true`);
  }

  commit(message: string): void {
    this.git("add", "-A");
    this.git("-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-qm", message);
  }

  /** Runs a command of the CLI and gives its standard output. */
  run(...args: string[]): string {
    try {
      return execFileSync(this.#pulumi, [...args, "--non-interactive"], {
        cwd: this.root,
        env: this.#env,
        encoding: "utf8",
        maxBuffer: 256 * 1024 ** 2,
        stdio: ["ignore", "pipe", "pipe"],
      });
    } catch (error) {
      const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
      throw new Error(`pulumi ${args.join(" ")} failed:\n${diagnostics(stdout)}\n${stderr}`, {
        cause: error,
      });
    }
  }

  /** Runs `up`, `refresh` or `destroy` and gives what it changed: the count by operation, and the URNs. */
  change(
    command: "up" | "refresh" | "destroy",
    stack: string,
    ...more: string[]
  ): { changes: Changes; touched: string[] } {
    const output = this.run(command, "-s", stack, "--yes", "--skip-preview", "--json", ...more);
    const events = eventsOf(output);
    const touched = events.flatMap(({ resourcePreEvent }) => {
      const { op = "same", urn = "" } = resourcePreEvent?.metadata ?? {};
      return ["same", "refresh", "read"].includes(op)
        ? []
        : [`${op} ${urn.split("::").slice(2).join(" ")}`];
    });
    return {
      changes:
        events.findLast(({ summaryEvent }) => summaryEvent)?.summaryEvent?.resourceChanges ?? {},
      touched,
    };
  }

  /** Runs `up` beside this process, which may play a cluster meanwhile; its failure is an outcome too. */
  async attempt(stack: string, ...more: string[]): Promise<{ failed: boolean; all: string }> {
    const args = ["up", "-s", stack, "--yes", "--skip-preview", "--non-interactive", ...more];
    const options = { cwd: this.root, env: this.#env, all: true, reject: false } as const;
    const { failed, all } = await execa(this.#pulumi, args, { ...options, stdin: "ignore" });
    return { failed, all };
  }

  /** `up`, whose CLI is killed after so many milliseconds, its plugins being left to themselves; whether it was still running. */
  async kill(stack: string, milliseconds: number): Promise<boolean> {
    const args = ["up", "-s", stack, "--yes", "--skip-preview", "--non-interactive"];
    const killed = { timeout: milliseconds, killSignal: "SIGKILL" } as const;
    const options = { cwd: this.root, env: this.#env, reject: false, stdin: "ignore" } as const;
    const run = await execa(this.#pulumi, args, { ...options, ...killed, stdout: "ignore" });
    return run.timedOut;
  }

  /** Runs a command of `tools/`, e.g. `ops/deploy`, as a person does here. */
  async tool(
    name: string,
    args: string[],
    env: NodeJS.ProcessEnv = {},
  ): Promise<{ exitCode: number | undefined; output: string }> {
    const words = ["--import", "tsx", `tools/${name}.ts`, ...args];
    const options = { cwd: this.root, env: { ...this.#env, ...env }, all: true } as const;
    const { exitCode, all } = await execa("node", words, { ...options, reject: false });
    return { exitCode, output: all };
  }

  /** What `preview` says would change. */
  preview(stack: string): Changes {
    const { changeSummary } = JSON.parse(this.run("preview", "-s", stack, "--json")) as {
      changeSummary: Changes;
    };
    return changeSummary;
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  git(...args: string[]): string {
    return execFileSync("git", args, { cwd: this.root, encoding: "utf8" });
  }
}

function eventsOf(output: string): Event[] {
  return output
    .split("\n")
    .flatMap((line) => (line.startsWith("{") ? [JSON.parse(line) as Event] : []));
}

function diagnostics(output: string): string {
  try {
    const found = eventsOf(output).flatMap(({ diagnosticEvent }) =>
      diagnosticEvent?.severity === "error" ? [diagnosticEvent.message] : [],
    );
    return found.length > 0 ? found.join("\n") : output.slice(-2000);
  } catch {
    return output.slice(-2000);
  }
}
