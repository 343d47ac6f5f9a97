import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import type { Cluster } from "./cluster.ts";
import { DATA, ROOT } from "./paths.ts";
import { step } from "./progress.ts";
import { CONFIG_FILE, STACK } from "./stack.ts";

const PASSPHRASE = join(DATA, "passphrase");

/** Runs `pulumi up` on the sandbox's stack, with its state in a folder of the sandbox. */
export async function deployWithPulumi(cluster: Cluster): Promise<void> {
  const state = join(DATA, "pulumi");
  await mkdir(state, { recursive: true });
  const env = {
    ...cluster.env,
    PULUMI_BACKEND_URL: `file://${state}`,
    PULUMI_CONFIG_PASSPHRASE: await passphrase(),
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
  const pulumi = execa({ cwd: ROOT, env, stdin: "ignore" });
  const stack = ["--stack", STACK, "--non-interactive"];
  const config = ["--config-file", CONFIG_FILE];
  await pulumi`pulumi stack select --create ${stack} ${config}`;
  // A killed run leaves a lock and maybe half-made objects; nobody else uses this stack.
  const cancelled = await pulumi({ reject: false })`pulumi cancel --yes ${stack}`;
  await step("pulumi up", async () => {
    const output = { stdout: "inherit", stderr: "inherit" } as const;
    const refresh = cancelled.failed ? [] : ["--refresh"];
    await pulumi(output)`pulumi up --yes --skip-preview ${refresh} ${stack} ${config}`;
  });
}

async function passphrase(): Promise<string> {
  const kept = await readFile(PASSPHRASE, "utf8").catch(() => undefined);
  if (kept !== undefined) return kept;
  const made = randomBytes(24).toString("base64url");
  await writeFile(PASSPHRASE, made, { mode: 0o600 });
  return made;
}
