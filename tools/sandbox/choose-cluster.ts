import { mkdir, rm, writeFile } from "node:fs/promises";
import { createInterface } from "node:readline/promises";
import { execa } from "execa";
import { CLUSTER_FILE, type SandboxCluster, sandboxCluster } from "../lib/stack/sandbox.ts";
import type { Cluster } from "./cluster.ts";
import { contextCluster } from "./context-cluster.ts";
import { kindCluster } from "./kind-cluster.ts";
import { DATA } from "../lib/paths.ts";
import { hostProblems, resourceProblems } from "./from-source/preflight.ts";
import { say } from "../lib/steps.ts";
import { isBuilt, sourceCluster } from "./from-source/source-cluster.ts";
import { Failure } from "../lib/failure.ts";

/** What the command line says about the cluster. */
export interface ClusterOptions {
  /** Use this context of the person's own kubeconfig. */
  context?: string | undefined;
  /** Do not ask before writing to a cluster that is not ours. */
  yes?: boolean | undefined;
}

/** The first cluster that fits: a named context, the sandbox that exists, Docker with kind, from source. */
export async function chooseCluster({ context, yes }: ClusterOptions): Promise<Cluster> {
  const existing = await existingCluster();
  if (context !== undefined) {
    if (existing && existing.context !== context) {
      throw new Failure(
        `a sandbox on ${existing.context} exists: \`npm run sandbox -- destroy\` it before --context ${context}`,
      );
    }
    say(`cluster: context '${context}', as --context says`);
    const cluster = await contextCluster(context);
    if (!existing && !yes) await confirm(context);
    return remember(cluster);
  }
  if (existing) {
    say(`cluster: the existing sandbox (${existing.kind}, context ${existing.context})`);
    return existing;
  }
  const kind = await kindState();
  if (kind === "works") {
    say("cluster: kind, because kind is installed and Docker answers");
    return remember(kindCluster());
  }
  if (kind === "no engine") say("kind is installed but no Docker engine answers");
  const problems = await hostProblems();
  if (problems.length > 0) {
    throw new Failure(
      `no cluster to be had: install Docker and kind, or name one with --context; from source it is not possible here:\n- ${problems.join("\n- ")}`,
    );
  }
  say(
    "cluster: from source, because there is no kind with Docker and this is Linux with root and Go",
  );
  return remember(sourceCluster());
}

/** Why no sandbox can run on this machine, or has no room there; empty when one exists or can be made. */
export async function clusterObstacles(): Promise<string[]> {
  if ((await existingCluster()) || (await kindState()) === "works") return [];
  return [...(await hostProblems()), ...(await resourceProblems())];
}

/** Whether a sandbox would first have to build Kubernetes. */
export async function needsBuild(): Promise<boolean> {
  if (isBuilt() || (await existingCluster())) return false;
  return (await kindState()) !== "works";
}

async function kindState(): Promise<"works" | "no engine" | "absent"> {
  if (!(await works("kind", ["version"]))) return "absent";
  return (await works("docker", ["info"])) ? "works" : "no engine";
}

/** The cluster of the sandbox that exists, if one does. */
export async function existingCluster(): Promise<Cluster | undefined> {
  const made = await sandboxCluster();
  if (made === undefined) return undefined;
  const { kind, context } = made;
  if (kind === "context") return contextCluster(context);
  return kind === "kind" ? kindCluster() : sourceCluster();
}

/** Forgets the choice, so that the next `up` chooses anew. */
export async function forgetCluster(): Promise<void> {
  await rm(CLUSTER_FILE, { force: true });
}

async function remember(cluster: Cluster): Promise<Cluster> {
  const { kind, context, kubectl, env } = cluster;
  await mkdir(DATA, { recursive: true, mode: 0o700 });
  await writeFile(
    CLUSTER_FILE,
    JSON.stringify({ kind, context, kubectl, env } satisfies SandboxCluster),
  );
  return cluster;
}

async function works(command: string, args: string[]): Promise<boolean> {
  return !(await execa(command, args, { reject: false, timeout: 20_000 })).failed;
}

async function confirm(context: string): Promise<void> {
  if (!process.stdin.isTTY) {
    throw new Failure(`cluster '${context}' is not ours: add --yes to write to it`);
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`Deploy the sandbox to cluster '${context}'? [y/N] `);
  terminal.close();
  if (!/^y(es)?$/i.test(answer)) throw new Failure("nothing was changed");
}
