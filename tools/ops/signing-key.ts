import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure } from "../lib/failure.ts";
import type { Environment } from "../lib/stack/environment.ts";
import { readSecret } from "../lib/stack/secret.ts";

/** Name of the Secret with what signs a stack's models; that with the public keys has `-public` behind it. */
const SECRET = "model-signing";

/**
 * Does `work` with the environment variables by which a training on this machine signs for a stack, as those on its cluster do. The
 * key is in a file of this user's meanwhile.
 *
 * @throws Failure where it cannot be read.
 */
export async function withSigningKey<T>(
  environment: Environment,
  work: (variables: Record<string, string>) => Promise<T>,
): Promise<T> {
  const [key, keys] = [
    await valueOf(environment, SECRET, "key"),
    await valueOf(environment, `${SECRET}-public`, "keys"),
  ];
  const folder = await mkdtemp(join(tmpdir(), "slipway-signing-"));
  try {
    const file = join(folder, "key");
    await writeFile(file, key, { mode: 0o600 });
    return await work({ SLIPWAY_SIGNING_KEY_FILE: file, MODEL_PUBLIC_KEYS: keys });
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function valueOf(environment: Environment, secret: string, key: string): Promise<string> {
  const { keys, refused } = await readSecret(environment, secret);
  if (refused !== undefined) {
    const { namespace, stack } = environment;
    throw new Failure(
      `the Secret ${secret} of ${namespace} cannot be read, and prediction APIs take only what is signed with it: ${refused}; ` +
        `deploy first (npm run deploy -- --stack ${stack}), or get the right to read Secrets there`,
    );
  }
  return keys[key] ?? "";
}
