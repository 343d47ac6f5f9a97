import { copyFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { execa } from "execa";
import { ROOT } from "../lib/paths.ts";
import { CONFIG_FILE, sandboxPulumiEnv, STACK } from "../lib/stack/sandbox.ts";
import { endOrphans } from "../lib/stack/orphans.ts";
import { failureOf, LOCKED } from "../lib/stack/pulumi-up.ts";
import { unlock } from "../lib/stack/unlock.ts";
import { step } from "../lib/steps.ts";
import type { Cluster } from "./cluster.ts";

/**
 * Runs `pulumi up` on the sandbox's stack; goes on from one that was killed.
 *
 * @throws Failure where another one still runs, or with what to do, where that is known.
 */
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
  const both = ["inherit", "pipe"] as const;
  const deploy = (refresh: string[]) =>
    pulumi({
      ...{ reject: false, all: true, stdout: both, stderr: both },
    })`${command} up --yes --skip-preview --suppress-progress ${refresh} ${stack} ${config}`;
  await step("pulumi up", async () => {
    let run = await deploy([]);
    if (run.failed && LOCKED.test(run.all)) {
      await unlock({ command, env, stack }, run.all);
      await endOrphans();
      // A killed run leaves objects half made, too.
      run = await deploy(["--refresh"]);
    }
    if (run.failed) throw failureOf("`pulumi up` of the sandbox", run.all);
  });
}
