import { randomInt } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { publicKeyOf } from "../../components/lib/model-keys.ts";
import { publicName } from "../lib/program/manifests.ts";
import { NAMESPACE } from "../lib/stack/sandbox.ts";
import { kubectlFor } from "../lib/kubectl.ts";
import { Failure } from "../lib/failure.ts";
import { type Cluster } from "./cluster.ts";
import { DATA } from "../lib/paths.ts";
import { step } from "../lib/steps.ts";
import { MANIFESTS } from "./stack.ts";

/** What `render` says about Secrets: how passwords are made, and the Secrets that hold them. */
export interface SecretPlan {
  passwords: Record<string, { length: number; special: boolean }>;
  configuration: string[];
  templates: {
    name: string;
    namespace: string;
    type: string;
    labels: Record<string, string>;
    stringData: Record<string, string>;
  }[];
}

const KEPT = join(DATA, "passwords.json");
const APPLY = ["apply", "--server-side", "--force-conflicts"];

/** Applies what `render` wrote, and prunes what an earlier rendering had and this one has not. */
export async function deployWithKubectl(cluster: Cluster): Promise<void> {
  const kubectl = kubectlFor(cluster);
  const files = await objectFiles();
  const namespace = files.filter((file) => file.startsWith("namespace-"));
  await kubectl([...APPLY, ...namespace.flatMap((file) => ["-f", join(MANIFESTS, file)])]);
  await kubectl([...APPLY, "-f", "-"], { input: JSON.stringify(await secretList()) });
  await step("database, object store and MLflow", async () => {
    // Training needs MLflow: its Jobs would use up their tries before it is up.
    const early = files.filter((file) => !file.startsWith("job-") || !file.includes("-training-"));
    await kubectl([...APPLY, ...early.flatMap((file) => ["-f", join(MANIFESTS, file)])]);
    await kubectl(["-n", NAMESPACE, "rollout", "status", "deployment/mlflow", "--timeout=300s"]);
  });
  const set = ["--prune", `--applyset=secret/${NAMESPACE}`, "-n", NAMESPACE, "-k", MANIFESTS];
  await kubectl([...APPLY, ...set], { env: { KUBECTL_APPLYSET: "true" } });
}

async function objectFiles(): Promise<string[]> {
  const text = await readFile(join(MANIFESTS, "kustomization.yaml"), "utf8");
  return (parse(text) as { resources: string[] }).resources;
}

async function secretList(): Promise<object> {
  const plan = JSON.parse(await readFile(join(MANIFESTS, "secrets.json"), "utf8")) as SecretPlan;
  const kept = JSON.parse(await readFile(KEPT, "utf8").catch(() => "{}")) as Record<string, string>;
  const passwords = completePasswords(plan, kept);
  await writeFile(KEPT, JSON.stringify(passwords), { mode: 0o600 });
  return { apiVersion: "v1", kind: "List", items: fillSecrets(plan, passwords) };
}

/** The kept passwords, and new ones where there were none yet. */
export function completePasswords(
  plan: SecretPlan,
  kept: Record<string, string>,
): Record<string, string> {
  const made = Object.entries(plan.passwords).map(([name, { length, special }]) => [
    name,
    kept[name] ?? password(length, special),
  ]);
  return { ...kept, ...(Object.fromEntries(made) as Record<string, string>) };
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const SPECIAL = "!@#$%&*()-_=+[]{}<>:?";

function password(length: number, special: boolean): string {
  const alphabet = special ? LETTERS + SPECIAL : LETTERS;
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join("");
}

/** Secrets with the passwords put where the templates name them. */
export function fillSecrets(plan: SecretPlan, passwords: Record<string, string>): object[] {
  const keys = Object.entries(passwords).map(([name, text]) => [
    publicName(name),
    publicKeyOf(text),
  ]);
  const values = { ...passwords, ...(Object.fromEntries(keys) as Record<string, string>) };
  const fill = (text: string): string =>
    text.replace(/\{\{([\w.-]+)\}\}/g, (_, name: string) => {
      const value = values[name];
      if (value !== undefined) return value;
      throw new Failure(
        `the stack uses the encrypted value '${name}', which only Pulumi can read: install the Pulumi CLI, or take the value out of Pulumi.sandbox.yaml`,
      );
    });
  return plan.templates.map(({ name, namespace, type, labels, stringData }) => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace, labels },
    type,
    stringData: Object.fromEntries(
      Object.entries(stringData).map(([key, text]) => [key, fill(text)]),
    ),
  }));
}
