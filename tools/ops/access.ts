import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { execa } from "execa";
import { parseDocument } from "yaml";
import { installed } from "../lib/installed.ts";
import { Failure } from "../local/failure.ts";
import { PROJECT } from "../render/stack-file.ts";
import { existingCluster } from "../sandbox/choose-cluster.ts";
import { type Cluster, kubectlFor } from "../sandbox/cluster.ts";
import { findPulumi, sandboxPulumiEnv } from "../sandbox/deploy-pulumi.ts";
import { DATA, ROOT } from "../sandbox/paths.ts";
import { CONFIG_FILE, STACK as SANDBOX } from "../sandbox/stack.ts";
import { isDeployed } from "./environment.ts";

/** Which environment a command is about: `--stack`, and `--context` where the stack file does not say it. */
export interface Wish {
  stack?: string | undefined;
  context?: string | undefined;
}

/** Which environment a command works on, and how it is reached. */
export interface Access {
  /** Name of the stack, e.g. `staging`. */
  stack: string;
  /** Which environment, e.g. `slipway-staging`: its objects wear it as a label. */
  instance: string;
  /** Its namespace: of the same name, or the one that `slipway:namespace` names. */
  namespace: string;
  /** Whether others may have objects there. */
  shared: boolean;
  /** Context in the kubeconfig. */
  context: string;
  /** The stack's configuration file; the sandbox's is beside its state. */
  configFile: string;
  /** Variables for child processes: KUBECONFIG where it is not the person's own, and kubectl on the PATH. */
  env: Record<string, string>;
  /** kubectl in this context; with the namespace that every call names itself. */
  kubectl: ReturnType<typeof kubectlFor>;
  /** kubectl's path, for a port-forward. */
  kubectlPath: string;
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
export async function accessStack(wish: Wish): Promise<Access> {
  const access = await accessCluster(wish);
  await needDeployed(access);
  return access;
}

/** The same, also before the first deployment, when there is nothing yet. */
export async function accessCluster({ stack, context }: Wish): Promise<Access> {
  if (stack === undefined) throw new Failure("--stack is needed, e.g. --stack dev", 2);
  const configFile = configFileOf(stack);
  const cluster =
    stack === SANDBOX ? await sandboxCluster(context) : await personsCluster(configFile, context);
  const { kubectl, env } = cluster;
  const instance = `${PROJECT}-${stack}`;
  const existing = (await readSettings(configFile))[`${PROJECT}:namespace`];
  return {
    stack,
    instance,
    namespace: typeof existing === "string" ? existing : instance,
    shared: typeof existing === "string",
    context: cluster.context,
    configFile,
    env: {
      ...env,
      PATH: [...(kubectl.includes("/") ? [dirname(kubectl)] : []), process.env["PATH"]].join(
        delimiter,
      ),
    },
    kubectl: kubectlFor(cluster),
    kubectlPath: kubectl,
  };
}

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
export async function accessPulumi(access: Access): Promise<PulumiCall> {
  const engine = await readFile(join(DATA, "engine"), "utf8").catch(() => "");
  if (access.stack === SANDBOX && engine === "kubectl") {
    throw new Failure(
      "this sandbox was made without Pulumi: `npm run sandbox -- recreate --engine pulumi`",
    );
  }
  const command = await findPulumi();
  if (command === undefined) {
    throw new Failure("there is no Pulumi CLI on the PATH and none can be fetched: install it");
  }
  if (access.stack !== SANDBOX) await needSameCluster(access);
  const own = access.stack === SANDBOX ? await sandboxPulumiEnv() : {};
  return {
    command,
    env: { PULUMI_SKIP_UPDATE_CHECK: "true", ...access.env, ...own },
    stack: ["--stack", access.stack, "--non-interactive"],
    config: ["--config-file", access.configFile],
  };
}

/** Pulumi knows nothing of `--context`: a command must not look at one cluster and deploy to another. */
async function needSameCluster({ context, configFile, kubectlPath }: Access): Promise<void> {
  const [target, source] = await wantedContext(kubectlPath, configFile, undefined);
  if (target === context) return;
  throw new Failure(
    `--context ${context}, but Pulumi would deploy to ${target ?? "no cluster"} (${source}): ` +
      `set kubernetes:context: ${context} in ${configFile}, or \`kubectl config use-context ${context}\``,
  );
}

function configFileOf(stack: string): string {
  const file = stack === SANDBOX ? CONFIG_FILE : join(ROOT, `Pulumi.${stack}.yaml`);
  if (existsSync(file)) return file;
  throw new Failure(
    stack === SANDBOX
      ? "--stack sandbox: there is no sandbox; `npm run sandbox` makes one"
      : `--stack ${stack}: there is no Pulumi.${stack}.yaml; add the file, or name another stack`,
    2,
  );
}

type Reach = Pick<Cluster, "kubectl" | "context" | "env">;

async function sandboxCluster(context: string | undefined): Promise<Reach> {
  const cluster = await existingCluster();
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

/** Everything below `config:`. @throws Failure for what is no YAML. */
async function readSettings(configFile: string): Promise<Record<string, unknown>> {
  const document = parseDocument(await readFile(configFile, "utf8"));
  const [error] = document.errors;
  if (error) throw new Failure(`${configFile} is no valid YAML: ${error.message}`);
  const { config } = (document.toJS() ?? {}) as { config?: Record<string, unknown> };
  return config ?? {};
}

async function personsCluster(configFile: string, wish: string | undefined): Promise<Reach> {
  const kubectl = installed("kubectl");
  if (kubectl === undefined) throw new Failure("kubectl is not on the PATH: install it");
  const config = execa(kubectl, ["config", "get-contexts", "--output=name"], { reject: false });
  const known = (await config).stdout.split("\n").filter(Boolean);
  const [context, source] = await wantedContext(kubectl, configFile, wish);
  if (context === undefined) {
    throw new Failure(
      `no cluster: name one with --context, or set kubernetes:context in the stack file; contexts: ${known.join(", ") || "none"}`,
    );
  }
  if (!known.includes(context)) {
    throw new Failure(
      `context '${context}' (from ${source}) is not in the kubeconfig; contexts: ${known.join(", ") || "none"}`,
      wish === undefined ? 1 : 2,
    );
  }
  return { kubectl, context, env: {} };
}

/** The context, and who said so. */
async function wantedContext(
  kubectl: string,
  configFile: string,
  wish: string | undefined,
): Promise<[string | undefined, string]> {
  if (wish !== undefined) return [wish, "--context"];
  const set = (await readSettings(configFile))["kubernetes:context"];
  if (typeof set === "string") return [set, "kubernetes:context of the stack file"];
  const current = await execa(kubectl, ["config", "current-context"], { reject: false });
  return [current.stdout || undefined, "kubectl config current-context"];
}

async function needDeployed(access: Access): Promise<void> {
  if (await isDeployed(access)) return;
  const { kubectl, instance, namespace, shared, context } = access;
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
