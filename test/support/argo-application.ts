import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

/** Runs kubectl and gives its standard output. */
export type Kubectl = (args: string[], input?: string) => Promise<string>;

/** What Argo CD says of an Application. */
export interface ApplicationStatus {
  sync?: { status: string; revision?: string };
  health?: { status: string };
  operationState?: { phase: string; message?: string; retryCount?: number };
  conditions?: { type: string; message: string }[];
}

/** Waits until `done`, and says in the end what it saw last. */
export async function until(
  what: string,
  done: () => Promise<boolean>,
  { seconds = 120, seen = () => Promise.resolve("") }: Patience = {},
): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end) {
    if (await done()) return;
    await sleep(250);
  }
  assert.fail(`${what}: not within ${seconds} s. ${await seen()}`);
}

interface Patience {
  seconds?: number;
  seen?: () => Promise<string>;
}

/** An Application of Argo CD, as a person looks at it with kubectl. */
export class ArgoApplication {
  readonly #kubectl: Kubectl;
  readonly #object: string[];

  constructor(kubectl: Kubectl, name: string) {
    this.#kubectl = kubectl;
    this.#object = ["-n", "argocd", "application", name];
  }

  async status(): Promise<ApplicationStatus> {
    const text = await this.#kubectl(["get", ...this.#object, "-o", "json"]);
    return (JSON.parse(text) as { status?: ApplicationStatus }).status ?? {};
  }

  /** As a repository's webhook does: else Argo CD looks every two to three minutes. */
  async refresh(): Promise<void> {
    const patch = { metadata: { annotations: { "argocd.argoproj.io/refresh": "normal" } } };
    const args = ["--type=merge", `--patch=${JSON.stringify(patch)}`];
    await this.#kubectl(["patch", ...this.#object, ...args]);
  }

  /** Waits until what Argo CD says of itself is as wanted. */
  until(what: string, done: (status: ApplicationStatus) => boolean, seconds = 60): Promise<void> {
    const seen = async () => JSON.stringify(await this.status());
    return until(what, async () => done(await this.status()), { seconds, seen });
  }

  synced(revision: string, seconds = 170): Promise<void> {
    const done = ({ sync, operationState }: ApplicationStatus) =>
      sync?.status === "Synced" &&
      sync.revision === revision &&
      operationState?.phase === "Succeeded";
    return this.until(`sync of ${revision}`, done, seconds);
  }
}
