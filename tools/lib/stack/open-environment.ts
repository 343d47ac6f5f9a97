import { existsSync } from "node:fs";
import { delimiter, dirname } from "node:path";
import { execa } from "execa";
import { Failure } from "../failure.ts";
import { installed } from "../installed.ts";
import { type ClusterAccess, kubectlFor } from "../kubectl.ts";
import { type Environment, isDeployed } from "./environment.ts";
import { readStack } from "./read-stack.ts";
import { kubectlObjects } from "./objects.ts";
import { CONFIG_FILE, sandboxCluster, STACK as SANDBOX } from "./sandbox.ts";
import { contextOf, PROJECT, stackFile } from "./stack-file.ts";

/** Which environment a command is about: `--stack`, and `--context` where the stack file does not say it. */
export interface EnvironmentOptions {
  stack?: string | undefined;
  context?: string | undefined;
}

/** Options that every command of an environment takes. */
export const STACK_OPTIONS = {
  stack: { type: "string" },
  context: { type: "string" },
} as const;

/**
 * The way to a stack's cluster. The context is that of `--context`, else the stack file's
 * `kubernetes:context`, else the current one; `--stack sandbox` has its own.
 *
 * @throws Failure without stack file, context or deployed environment.
 */
export async function openEnvironment(options: EnvironmentOptions): Promise<Environment> {
  const environment = await openCluster(options);
  await needDeployed(environment);
  return environment;
}

/** The same, also before the first deployment, when there is nothing yet. */
export async function openCluster({ stack, context }: EnvironmentOptions): Promise<Environment> {
  if (stack === undefined) throw new Failure("--stack is needed, e.g. --stack dev", 2);
  const configFile = configFileOf(stack);
  const cluster =
    stack === SANDBOX ? await clusterOfSandbox(context) : await personsCluster(configFile, context);
  const { kubectl, env } = cluster;
  const instance = `${PROJECT}-${stack}`;
  const { namespace: existing } = readStack(stack, configFile);
  const namespace = existing ?? instance;
  const run = kubectlFor(cluster);
  return {
    stack,
    instance,
    namespace,
    shared: existing !== undefined,
    context: cluster.context,
    configFile,
    env: {
      ...env,
      PATH: [...(kubectl.includes("/") ? [dirname(kubectl)] : []), process.env["PATH"]].join(
        delimiter,
      ),
    },
    kubectl: run,
    objects: kubectlObjects(run, namespace),
    kubectlPath: kubectl,
  };
}

function configFileOf(stack: string): string {
  const file = stack === SANDBOX ? CONFIG_FILE : stackFile(stack);
  if (existsSync(file)) return file;
  throw new Failure(
    stack === SANDBOX
      ? "--stack sandbox: there is no sandbox; `npm run sandbox` makes one"
      : `--stack ${stack}: there is no Pulumi.${stack}.yaml; add the file, or name another stack`,
    2,
  );
}

async function clusterOfSandbox(context: string | undefined): Promise<ClusterAccess> {
  const cluster = await sandboxCluster();
  if (cluster === undefined) {
    throw new Failure("--stack sandbox: there is no sandbox; `npm run sandbox` makes one");
  }
  if (context !== undefined && context !== cluster.context) {
    throw new Failure(
      `--context ${context}: the sandbox is on ${cluster.context}; leave --context out`,
    );
  }
  return cluster;
}

async function personsCluster(
  configFile: string,
  requested: string | undefined,
): Promise<ClusterAccess> {
  const kubectl = installed("kubectl");
  if (kubectl === undefined) throw new Failure("kubectl is not on the PATH: install it");
  const config = execa(kubectl, ["config", "get-contexts", "--output=name"], { reject: false });
  const known = (await config).stdout.split("\n").filter(Boolean);
  const [context, source] = await wantedContext(kubectl, configFile, requested);
  if (context === undefined) {
    throw new Failure(
      `no cluster: name one with --context, or set kubernetes:context in the stack file; contexts: ${known.join(", ") || "none"}`,
    );
  }
  if (!known.includes(context)) {
    throw new Failure(
      `context '${context}' (from ${source}) is not in the kubeconfig; contexts: ${known.join(", ") || "none"}`,
      requested === undefined ? 1 : 2,
    );
  }
  return { kubectl, context, env: {} };
}

/** The context, and who said so. */
export async function wantedContext(
  kubectl: string,
  configFile: string,
  requested: string | undefined,
): Promise<[string | undefined, string]> {
  if (requested !== undefined) return [requested, "--context"];
  const set = contextOf(configFile);
  if (set !== undefined) return [set, "kubernetes:context of the stack file"];
  const current = await execa(kubectl, ["config", "current-context"], { reject: false });
  return [current.stdout || undefined, "kubectl config current-context"];
}

async function needDeployed(environment: Environment): Promise<void> {
  if (await isDeployed(environment)) return;
  const { kubectl, instance, namespace, shared, context } = environment;
  if (shared) {
    throw new Failure(
      `${instance} is not in namespace ${namespace} of cluster '${context}': name another --context, or deploy first`,
    );
  }
  const all = await kubectl(["get", "namespaces", "-o", "name"], { reject: false });
  const ours = all.stdout
    .split("\n")
    .map((name) => name.replace("namespace/", ""))
    .filter((name) => name.startsWith(`${PROJECT}-`));
  throw new Failure(
    `namespace ${namespace} is not in cluster '${context}', which has ${ours.join(", ") || "no environment of Slipway"}: ` +
      "name another --context, or deploy first",
  );
}
