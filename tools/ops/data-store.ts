import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DATA_BUCKET, DATA_PREFIXES, PORTS } from "../../components/well-known.ts";
import { dataEnv } from "../lib/data-env.ts";
import { Failure } from "../lib/failure.ts";
import type { Environment } from "../lib/stack/environment.ts";
import { forwardTo } from "./mlflow.ts";
import { readSecret } from "../lib/stack/secret.ts";

/** Of the account that reads and writes the bucket of data: `username` is the access key, `password` the secret key. */
export const ACCOUNT = "object-store-data";
/** The public keys of which one must have signed a version. */
const PUBLIC_KEYS = "model-signing-public";
/** By which our own store is reached; there is none where it is somebody else's. */
const SERVICE = "object-store";
const ANY_REGION = "us-east-1";

/** A Secret's keys; undefined where there is none. @throws Failure where it cannot be read. */
async function secretOf(
  environment: Pick<Environment, "kubectl" | "namespace">,
  name: string,
): Promise<Record<string, string> | undefined> {
  const { keys, refused } = await readSecret(environment, name);
  if (refused === undefined || refused.includes("NotFound")) return keys;
  throw new Failure(
    `the Secret ${name} of ${environment.namespace} cannot be read: ${refused.trim()}; get the right to read Secrets there`,
  );
}

/**
 * Does `work` with the variables by which training reaches a stack's snapshots and prediction log, through a port-forward.
 * The account is in files of a folder of our own, as it is in the stack's pods, and gone with it.
 *
 * @throws Failure where the stack has no store of data, or it cannot be reached.
 */
export async function withDataStore<T>(
  environment: Environment,
  work: (env: Record<string, string>) => Promise<T>,
): Promise<T> {
  const account = await secretOf(environment, ACCOUNT);
  if (account === undefined) {
    throw new Failure(
      `${environment.stack} has no store of data (the Secret ${ACCOUNT} of ${environment.namespace}): ` +
        "let a model be trained from a source that changes, or have its predictions captured, and deploy",
    );
  }
  await needOurs(environment);
  const folder = mkdtempSync(path.join(tmpdir(), "slipway-data-"));
  try {
    for (const key of ["username", "password"] as const) {
      writeFileSync(path.join(folder, key), account[key] ?? "", { mode: 0o600 });
    }
    const store = await forwardTo(environment, `service/${SERVICE}`, PORTS.objectStore);
    try {
      return await work({
        ...dataEnv(".slipway"),
        DATA_STORE: `s3://${DATA_BUCKET}/${DATA_PREFIXES.snapshots}`,
        PREDICTIONS: `s3://${DATA_BUCKET}/${DATA_PREFIXES.predictions}`,
        DATA_STORE_ENDPOINT: store.url,
        DATA_STORE_REGION: ANY_REGION,
        DATA_STORE_ACCOUNT: folder,
      });
    } finally {
      store.close();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @throws Failure where the data lie in an S3 of the team's own, whose address and bucket no object of the cluster names. */
async function needOurs({
  kubectl,
  namespace,
  stack,
}: Pick<Environment, "kubectl" | "namespace" | "stack">): Promise<void> {
  const get = ["-n", namespace, "get", "service", SERVICE, "-o", "name", "--ignore-not-found"];
  const { stdout } = await kubectl(get);
  if (stdout.trim() !== "") return;
  throw new Failure(
    `${stack} keeps its data in an S3 of your own (objectStore.kind: external), which this command does not reach: ` +
      "ask it by `python -m training` with DATA_STORE, PREDICTIONS, DATA_STORE_ENDPOINT and DATA_STORE_ACCOUNT (training/docs/changing-data.md)",
  );
}

/** The public keys that a stack's prediction APIs check versions by, apart by blanks; empty where they check none. */
export async function publicKeysOf(
  environment: Pick<Environment, "kubectl" | "namespace">,
): Promise<string> {
  return (await secretOf(environment, PUBLIC_KEYS))?.["keys"] ?? "";
}
