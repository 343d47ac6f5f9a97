import { Failure } from "../failure.ts";
import type { Environment } from "./environment.ts";
import { who } from "./who.ts";

/** Something that was done to an environment. */
export interface Entry {
  /** ISO 8601 in UTC. */
  at: string;
  event: "deploy" | "rollback" | "sleep" | "wake" | "move";
  by: string;
  result: "ok" | "failed";
  /** Commit, all digits; `deploy` only. */
  sha?: string;
  /** There were uncommitted changes. */
  dirty?: boolean;
  /** Image references by name, by digest where there is a registry. */
  images?: Record<string, string>;
  /** Version that each model was served in. */
  models?: Record<string, string>;
  /** Why, or what went wrong. */
  note?: string;
  /** Image that a rollback left. */
  left?: string;
}

/** Not an object of the program: no `up`, `destroy` or Argo CD takes it away, only the namespace's end. */
function nameOf({ shared, instance }: Environment): string {
  return shared ? `${instance}-history` : "slipway-history";
}

const LIMIT = 100;

/** What was done to an environment, oldest first; empty before anything was. */
export async function readRecords(environment: Environment): Promise<Entry[]> {
  const { kubectl, namespace } = environment;
  const get = ["-n", namespace, "get", "configmap", nameOf(environment), "-o", "json"];
  const found = await kubectl(get, { reject: false });
  if (found.failed) {
    if (found.stderr.includes("NotFound")) return [];
    throw new Failure(
      `the history of ${namespace} cannot be read, allow the account ConfigMaps there: ${found.stderr}`,
    );
  }
  const { data = {} } = JSON.parse(found.stdout) as { data?: Record<string, string> };
  return Object.keys(data)
    .sort()
    .map((key) => JSON.parse(data[key] ?? "") as Entry);
}

/**
 * Adds an entry. Each has a key of its own, and only keys past the limit are taken away, so that two commands at once
 * lose nothing of each other.
 */
export async function record(
  environment: Environment,
  entry: Omit<Entry, "at" | "by">,
): Promise<Entry> {
  const { kubectl, namespace } = environment;
  const whole: Entry = { at: new Date().toISOString(), by: await who(), ...entry };
  const before = await readRecords(environment);
  const metadata = {
    name: nameOf(environment),
    namespace,
    labels: { "app.kubernetes.io/part-of": "slipway" },
  };
  if (before.length === 0) {
    const empty = JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata });
    const made = await kubectl(["create", "-f", "-"], { input: empty, reject: false });
    if (made.failed && !made.stderr.includes("AlreadyExists")) {
      throw new Failure(
        `the history of ${namespace} cannot be written, allow the account ConfigMaps there: ${made.stderr}`,
      );
    }
  }
  const old = before.slice(0, Math.max(0, before.length + 1 - LIMIT));
  const data = {
    ...Object.fromEntries(old.map(({ at }) => [keyOf(at), null])),
    [keyOf(whole.at)]: JSON.stringify(whole),
  };
  const patch = ["-n", namespace, "patch", "configmap", nameOf(environment), "--type=merge"];
  await kubectl([...patch, "-p", JSON.stringify({ data })]);
  return whole;
}

/** A ConfigMap's key may hold no colon. */
function keyOf(at: string): string {
  return at.replaceAll(":", "-");
}
