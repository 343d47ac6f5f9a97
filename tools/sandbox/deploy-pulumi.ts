import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { execa } from "execa";
import { installed } from "../lib/installed.ts";
import type { Cluster } from "./cluster.ts";
import { DATA, ROOT } from "./paths.ts";
import { step } from "./progress.ts";
import { CONFIG_FILE, STACK } from "./stack.ts";

const PASSPHRASE = join(DATA, "passphrase");

/**
 * The Pulumi CLI, if there is one: installed on the machine, else the launcher that `npm ci` brings, where
 * the download that it needs at first use works.
 */
export async function findPulumi(): Promise<string | undefined> {
  for (const command of [installed("pulumi"), join(ROOT, "node_modules/.bin/pulumi")]) {
    if (command === undefined || !existsSync(command)) continue;
    const version = await execa(command, ["version"], { reject: false, timeout: 300_000 });
    if (!version.failed) return command;
  }
  return undefined;
}

/** Variables that point the Pulumi CLI at the sandbox's state, which lies in a folder of the sandbox. */
export async function sandboxPulumiEnv(): Promise<Record<string, string>> {
  const state = join(DATA, "pulumi");
  await mkdir(state, { recursive: true });
  return {
    PULUMI_BACKEND_URL: `file://${state}`,
    PULUMI_CONFIG_PASSPHRASE: await passphrase(),
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
}

/** Runs `pulumi up` on the sandbox's stack. */
export async function deployWithPulumi(cluster: Cluster, command: string): Promise<void> {
  const env = {
    ...cluster.env,
    PATH: [dirname(cluster.kubectl), process.env["PATH"]].join(delimiter),
    ...(await sandboxPulumiEnv()),
  };
  const pulumi = execa({ cwd: ROOT, env, stdin: "ignore" });
  const stack = ["--stack", STACK, "--non-interactive"];
  const config = ["--config-file", CONFIG_FILE];
  // Made from a project folder of the sandbox, beside its configuration: else the salt that a new stack
  // gets would be written into the repository's own Pulumi.sandbox.yaml.
  const project = dirname(CONFIG_FILE);
  await copyFile(join(ROOT, "Pulumi.yaml"), join(project, "Pulumi.yaml"));
  await pulumi`${command} --cwd ${project} stack select --create ${stack}`;
  // A killed run leaves a lock and maybe half-made objects; nobody else uses this stack.
  const cancelled = await pulumi({ reject: false })`${command} cancel --yes ${stack}`;
  await step("pulumi up", async () => {
    const output = { stdout: "inherit", stderr: "inherit" } as const;
    const refresh = cancelled.failed ? [] : ["--refresh"];
    await pulumi(
      output,
    )`${command} up --yes --skip-preview --suppress-progress ${refresh} ${stack} ${config}`;
  });
}

async function passphrase(): Promise<string> {
  const kept = await readFile(PASSPHRASE, "utf8").catch(() => undefined);
  if (kept !== undefined) return kept;
  const made = randomBytes(24).toString("base64url");
  await writeFile(PASSPHRASE, made, { mode: 0o600 });
  return made;
}
