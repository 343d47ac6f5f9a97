import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "../failure.ts";
import type { ClusterAccess } from "../kubectl.ts";
import { DATA } from "../paths.ts";

// What `npm run sandbox` leaves in its folder for every command that takes `--stack sandbox`.

/** Name of the stack that the sandbox deploys. */
export const STACK = "sandbox";
/** Its namespace. */
export const NAMESPACE = `slipway-${STACK}`;
/** The stack's configuration with what this machine makes necessary; render and Pulumi read the same file. */
export const CONFIG_FILE = join(DATA, `Pulumi.${STACK}.yaml`);
/** Holds what applied the objects: `pulumi` or `kubectl`. */
export const ENGINE = join(DATA, "engine");
/** Holds a {@link SandboxCluster}. */
export const CLUSTER_FILE = join(DATA, "cluster.json");

const PASSPHRASE = join(DATA, "passphrase");

/** The cluster of the sandbox: what kind it is, and how it is reached. */
export interface SandboxCluster extends ClusterAccess {
  kind: "context" | "kind" | "source";
}

/** The cluster of the sandbox that exists, if one does. @throws Failure for a record of an older version. */
export async function sandboxCluster(): Promise<SandboxCluster | undefined> {
  const text = await readFile(CLUSTER_FILE, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const record = JSON.parse(text) as Partial<SandboxCluster>;
  const { kind, context, kubectl, env } = record;
  if (kind && context && kubectl && env) return { kind, context, kubectl, env };
  throw new Failure(
    `${CLUSTER_FILE} is of an older version of Slipway: remove that sandbox with the commit that made it, ` +
      "or delete the file if it is gone",
  );
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

async function passphrase(): Promise<string> {
  const kept = await readFile(PASSPHRASE, "utf8").catch(() => undefined);
  if (kept !== undefined) return kept;
  const made = randomBytes(24).toString("base64url");
  await writeFile(PASSPHRASE, made, { mode: 0o600 });
  return made;
}
