import type { Place } from "./environment.ts";

/** Something that was done to an environment. */
export interface Entry {
  /** ISO 8601 in UTC. */
  at: string;
  event: "deploy" | "rollback" | "sleep" | "wake" | "move";
  by: string;
  /** Begun: whether it ended well, a later entry says, if it came to that. */
  result: "ok" | "failed" | "begun";
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
function nameOf({ shared, instance }: Place): string {
  return shared ? `${instance}-history` : "slipway-history";
}

const LIMIT = 100;

interface History {
  data?: Record<string, string>;
}

const historyOf = (environment: Place) => ({
  apiVersion: "v1",
  kind: "ConfigMap" as const,
  metadata: {
    name: nameOf(environment),
    namespace: environment.namespace,
    labels: { "app.kubernetes.io/part-of": "slipway" },
  },
});

/** What was done to an environment, oldest first; empty before anything was. */
export async function readRecords(environment: Place): Promise<Entry[]> {
  const found = await environment.objects.read<History>(historyOf(environment));
  const data = found?.data ?? {};
  return Object.keys(data)
    .sort()
    .map((key) => JSON.parse(data[key] ?? "") as Entry);
}

/**
 * Adds an entry. Each has a key of its own, and only keys past the limit are taken away, so that two commands at once
 * lose nothing of each other.
 */
export async function addRecord(environment: Place, entry: Omit<Entry, "at">): Promise<Entry> {
  const { objects } = environment;
  const whole: Entry = { at: new Date().toISOString(), ...entry };
  const before = await readRecords(environment);
  const history = historyOf(environment);
  if (before.length === 0) await objects.create(history);
  const old = before.slice(0, Math.max(0, before.length + 1 - LIMIT));
  const data = {
    ...Object.fromEntries(old.map(({ at }) => [keyOf(at), null])),
    [keyOf(whole.at)]: JSON.stringify(whole),
  };
  await objects.merge(history, { data });
  return whole;
}

/** A ConfigMap's key may hold no colon. */
function keyOf(at: string): string {
  return at.replaceAll(":", "-");
}
