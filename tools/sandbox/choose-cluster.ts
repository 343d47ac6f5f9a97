import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { execa } from "execa";
import type { Cluster } from "./cluster.ts";
import { contextCluster } from "./context-cluster.ts";
import { kindCluster } from "./kind-cluster.ts";
import { DATA } from "./paths.ts";
import { hostProblems } from "./preflight.ts";
import { say } from "./progress.ts";
import { sourceCluster } from "./source-cluster.ts";
import { Failure } from "../local/failure.ts";

const CHOICE = join(DATA, "cluster.json");

/** What the command line says about the cluster. */
export interface ClusterWish {
  /** Use this context of the person's own kubeconfig. */
  context?: string | undefined;
  /** Do not ask before writing to a cluster that is not ours. */
  yes?: boolean | undefined;
}

type Choice = Pick<Cluster, "kind" | "context">;

/** The first cluster that fits: a named context, the sandbox that exists, Docker with kind, from source. */
export async function chooseCluster({ context, yes }: ClusterWish): Promise<Cluster> {
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

/** Why no sandbox can run on this machine; empty when one exists or can be made. */
export async function clusterObstacles(): Promise<string[]> {
  if ((await existingCluster()) || (await kindState()) === "works") return [];
  return hostProblems();
}

async function kindState(): Promise<"works" | "no engine" | "absent"> {
  if (!(await works("kind", ["version"]))) return "absent";
  return (await works("docker", ["info"])) ? "works" : "no engine";
}

/** The cluster of the sandbox that exists, if one does. */
export async function existingCluster(): Promise<Cluster | undefined> {
  const text = await readFile(CHOICE, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const { kind, context } = JSON.parse(text) as Choice;
  if (kind === "context") return contextCluster(context);
  return kind === "kind" ? kindCluster() : sourceCluster();
}

/** Forgets the choice, so that the next `up` chooses anew. */
export async function forgetCluster(): Promise<void> {
  await rm(CHOICE, { force: true });
}

async function remember(cluster: Cluster): Promise<Cluster> {
  const { kind, context } = cluster;
  await mkdir(DATA, { recursive: true, mode: 0o700 });
  await writeFile(CHOICE, JSON.stringify({ kind, context } satisfies Choice));
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
