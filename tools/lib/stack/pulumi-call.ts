import { readFile } from "node:fs/promises";
import { Failure } from "../failure.ts";
import { findPulumi } from "../pulumi-cli.ts";
import type { Environment } from "./environment.ts";
import { ENGINE, sandboxPulumiEnv, STACK as SANDBOX } from "./sandbox.ts";
import { wantedContext } from "./open-environment.ts";

/** How the Pulumi CLI is called for a stack: its path, variables and the arguments that name the stack. */
export interface PulumiCall {
  command: string;
  env: Record<string, string>;
  /** `--stack NAME --non-interactive`. */
  stack: string[];
  /** `--config-file FILE`, for `up`, `preview` and `config`. */
  config: string[];
}

/** @throws Failure where there is no Pulumi CLI. */
export async function pulumiCall(environment: Environment): Promise<PulumiCall> {
  const engine = await readFile(ENGINE, "utf8").catch(() => "");
  if (environment.stack === SANDBOX && engine === "kubectl") {
    throw new Failure(
      "this sandbox was made without Pulumi: `npm run sandbox -- recreate --engine pulumi`",
    );
  }
  const command = await findPulumi();
  if (command === undefined) {
    throw new Failure("there is no Pulumi CLI on the PATH and none can be fetched: install it");
  }
  if (environment.stack !== SANDBOX) await needSameCluster(environment);
  const own = environment.stack === SANDBOX ? await sandboxPulumiEnv() : {};
  return {
    command,
    env: { PULUMI_SKIP_UPDATE_CHECK: "true", ...environment.env, ...own },
    stack: ["--stack", environment.stack, "--non-interactive"],
    config: ["--config-file", environment.configFile],
  };
}

/** Pulumi knows nothing of `--context`: a command must not look at one cluster and deploy to another. */
async function needSameCluster({ context, configFile, kubectlPath }: Environment): Promise<void> {
  const [target, source] = await wantedContext(kubectlPath, configFile, undefined);
  if (target === context) return;
  throw new Failure(
    `--context ${context}, but Pulumi would deploy to ${target ?? "no cluster"} (${source}): ` +
      `set kubernetes:context: ${context} in ${configFile}, or \`kubectl config use-context ${context}\``,
  );
}
