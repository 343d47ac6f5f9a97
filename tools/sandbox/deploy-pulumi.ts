import { copyFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { execa } from "execa";
import { ROOT } from "../lib/paths.ts";
import { CONFIG_FILE, sandboxPulumiEnv, STACK } from "../lib/stack/sandbox.ts";
import { step } from "../lib/steps.ts";
import type { Cluster } from "./cluster.ts";

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
