import { existsSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import type { StackConfig } from "../../components/config/schema.ts";
import { NO_COSIGN } from "../../components/lib/cosign.ts";
import { installed } from "../lib/installed.ts";
import { pulumiCall } from "../lib/stack/pulumi-call.ts";
import { openCluster } from "../lib/stack/open-environment.ts";
import { reasonOf } from "../lib/failure.ts";
import { type Environment } from "../lib/stack/environment.ts";
import { readCheckout } from "../lib/stack/checkout.ts";
import { hasPassphrase, stackFile } from "../lib/stack/stack-file.ts";
import { readStack } from "../lib/stack/read-stack.ts";
import { ROOT } from "../lib/paths.ts";
import { explain } from "../lib/explain.ts";
import { withRemedy } from "./remedies.ts";
import { environmentNotes, environmentProblems } from "./check-environments.ts";
import { Forge, handOn, summarize } from "./forge.ts";

/** What a run is for: a plan has no secret and asks GitHub alone; a preview changes nothing and asks no API. */
export const PURPOSES = ["plan", "preview", "deploy"] as const;
export type Purpose = (typeof PURPOSES)[number];

/**
 * What a run on `stack` lacks, each with where it is set; empty when all is there. A kubeconfig that came as a
 * variable is put into a file for later steps.
 */
export async function checkSetup(stack: string, purpose: Purpose): Promise<string[]> {
  if (purpose === "plan") return protectionProblems(stack);
  await unpackKubeconfig();
  const problems = [
    ...stateProblems(stack),
    ...(purpose === "deploy"
      ? [...(await pushProblems()), ...tokenProblems(stack), ...buildProblems(stack)]
      : []),
  ];
  if (process.env["KUBECONFIG"] === undefined && process.env["CI"] !== undefined) {
    problems.push(
      "no way to the cluster: set the secret KUBECONFIG, or the variables GCP_WORKLOAD_IDENTITY_PROVIDER, " +
        "GCP_SERVICE_ACCOUNT and GKE_CLUSTER (docs/ci.md#the-cluster)",
    );
    return problems;
  }
  try {
    const environment = await openCluster({ stack });
    problems.push(...(await clusterProblems(environment)));
    // Without these it fails in more obscure words.
    if (problems.length === 0) problems.push(...(await secretProblems(environment)));
  } catch (error) {
    problems.push(withRemedy(reasonOf(error)));
  }
  return problems;
}

/** Of a protected stack: whether only code that somebody approved can have its secrets. */
async function protectionProblems(stack: string): Promise<string[]> {
  if (!readStack(stack).protect) return [];
  const all = await new Forge().environments();
  for (const note of environmentNotes(stack, all)) summarize(`> [!NOTE]\n> ${note}`);
  return environmentProblems(stack, all);
}

/** The secret is the file's text; kubectl wants a path. The runner deletes its folder after the job. */
async function unpackKubeconfig(): Promise<void> {
  const text = process.env["KUBECONFIG_TEXT"];
  if (!text) return;
  const folder = await mkdtemp(join(process.env["RUNNER_TEMP"] ?? tmpdir(), "kubeconfig-"));
  const file = join(folder, "config");
  await writeFile(file, text, { mode: 0o600 });
  process.env["KUBECONFIG"] = file;
  handOn("GITHUB_ENV", { KUBECONFIG: file });
}

function stateProblems(stack: string): string[] {
  const {
    PULUMI_BACKEND_URL,
    PULUMI_ACCESS_TOKEN,
    PULUMI_CONFIG_PASSPHRASE,
    PULUMI_CONFIG_PASSPHRASE_FILE,
  } = process.env;
  if (!PULUMI_BACKEND_URL && !PULUMI_ACCESS_TOKEN) {
    return [
      "no Pulumi state: set the variable PULUMI_BACKEND_URL (e.g. gs://my-bucket), or for Pulumi Cloud the variable " +
        "PULUMI_ORGANIZATION or the secret PULUMI_ACCESS_TOKEN (docs/ci.md#the-state)",
    ];
  }
  const file = stackFile(stack);
  // A secret that GitHub does not have is an empty variable.
  const passphrase = PULUMI_CONFIG_PASSPHRASE ?? PULUMI_CONFIG_PASSPHRASE_FILE;
  return !passphrase && hasPassphrase(file)
    ? [
        `Pulumi.${stack}.yaml is encrypted with a passphrase: set the secret PULUMI_CONFIG_PASSPHRASE (docs/ci.md#the-state)`,
      ]
    : [];
}

/** Without a token a check can only see that it is refused. */
function tokenProblems(stack: string): string[] {
  const file = stackFile(stack);
  if (!existsSync(file) || readStack(stack).auth === undefined) return [];
  const { SLIPWAY_TOKEN, SLIPWAY_CLIENT_ID, SLIPWAY_CLIENT_SECRET } = process.env;
  if (SLIPWAY_TOKEN || (SLIPWAY_CLIENT_ID && SLIPWAY_CLIENT_SECRET)) return [];
  return [
    "predictions of this stack need a token: set the variable SLIPWAY_CLIENT_ID and the secret SLIPWAY_CLIENT_SECRET of " +
      "an account for machines (docs/ci.md#tokens)",
  ];
}

function buildProblems(stack: string): string[] {
  return existsSync(stackFile(stack))
    ? signatureProblems(readStack(stack).build, installed("cosign"))
    : [];
}

/** Signatures are made and looked for by a program of others. @param cosign where it lies */
export function signatureProblems(
  { sign, signedBy }: Pick<StackConfig["build"], "sign" | "signedBy">,
  cosign: string | undefined,
): string[] {
  const needed = sign !== undefined || signedBy !== undefined;
  if (!needed || cosign !== undefined) return [];
  return [`${NO_COSIGN}; on GitHub set the variable COSIGN_VERSION`];
}

async function pushProblems(): Promise<string[]> {
  if ((await readCheckout()).pushed) return [];
  return [
    "the commit that is checked out is on no branch of the remote, so nobody could find what its images were made of: " +
      "push it first (in CI: fetch-depth: 0)",
  ];
}

async function clusterProblems({ kubectl, context }: Environment): Promise<string[]> {
  const asked = await kubectl(["get", "--raw", "/version", "--request-timeout=20s"], {
    reject: false,
  });
  return asked.failed
    ? [withRemedy(`cluster '${context}' does not answer: ${asked.stderr.trim()}`)]
    : [];
}

/** Reads the stack's configuration, secrets too, and drops it. */
async function secretProblems(environment: Environment): Promise<string[]> {
  try {
    const { command, env, stack, config } = await pulumiCall(environment);
    await execa({
      cwd: ROOT,
      env,
      stdin: "ignore",
    })`${command} config --json --show-secrets ${stack} ${config}`;
    return [];
  } catch (error) {
    return [withRemedy(explain(error))];
  }
}
