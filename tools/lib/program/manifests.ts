import * as pulumi from "@pulumi/pulumi";
import { publicKeyOf } from "../../../components/lib/model-keys.ts";
import { GitError } from "../../../components/lib/git.ts";
import type { StackConfig } from "../../../components/config/schema.ts";
import { Failure } from "../failure.ts";
import { type Evaluated, evaluate, plain } from "./evaluate.ts";
import { type RawConfig, rawStack } from "../stack/stack-file.ts";

/** A Kubernetes object as it is applied. */
export interface Manifest extends Record<string, unknown> {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string> };
}

/** A Secret that whoever applies the manifests creates once and keeps. */
interface SecretTemplate {
  name: string;
  namespace: string;
  type: string;
  labels: Record<string, string>;
  /**
   * Text per key; `{{name}}` stands for a password below or for an encrypted configuration value, `{{name.public}}` for the
   * public key that belongs to a password (components/lib/model-keys.ts).
   */
  stringData: Record<string, string>;
}

/** A stack as files: what is applied, and what must be there first. */
export interface Rendering {
  /** Every object but Secrets, in an order in which they can be applied. */
  manifests: Manifest[];
  secrets: {
    /** How each password is made, by name. */
    passwords: Record<string, { length: number; special: boolean }>;
    /** Encrypted configuration values that the templates use, e.g. `registry.password`. */
    configuration: string[];
    templates: SecretTemplate[];
  };
  /** Images of our own, with what they are built from. */
  images: { name: string; reference: string; context: string; args: Record<string, string> }[];
}

/**
 * Renders a stack. With `delivery: argocd` these are the serving objects alone, the ones that Argo
 * CD owns; all others belong to `pulumi up`.
 *
 * @throws Failure with what the program refuses.
 */
export async function renderStack(
  stack: string,
  config: RawConfig = rawStack(stack),
): Promise<Rendering> {
  const servingOnly = config["delivery"] === ("argocd" satisfies StackConfig["delivery"]);
  const whole: RawConfig = { ...config, delivery: "pulumi" };
  delete whole["argocd"];
  const { resources } = await evaluate(stack, servingOnly ? whole : config).catch(forPeople);
  const rendered = resources.filter(
    ({ parents }) => !servingOnly || parents.some((type) => type.startsWith("slipway:serving:")),
  );

  const objects = rendered.filter(({ type }) => type.startsWith("kubernetes:")).map(manifestOf);
  const generated = resources.filter(({ type }) => type.startsWith("random:"));
  const derived = generated.map(
    ({ name }) => [publicKeyOf(`{{${name}}}`), publicName(name)] as const,
  );
  const templates = objects
    .filter(({ kind }) => kind === "Secret")
    .map((object) => templateOf(object, derived));
  const used = new Set(
    templates
      .flatMap(({ stringData }) => Object.values(stringData))
      .flatMap((text) => text.match(PLACEHOLDER) ?? []),
  );
  const passwords = generated.filter(
    ({ name }) => used.has(`{{${name}}}`) || used.has(`{{${publicName(name)}}}`),
  );
  const made = passwords.flatMap(({ name }) => [`{{${name}}}`, `{{${publicName(name)}}}`]);
  return {
    manifests: objects.filter(({ kind }) => kind !== "Secret").sort(byApplication),
    secrets: {
      passwords: Object.fromEntries(
        passwords.sort(byName).map(({ name, inputs }) => [name, ruleOf(inputs)]),
      ),
      configuration: [...used]
        .filter((text) => !made.includes(text))
        .map((text) => text.slice(2, -2))
        .sort(),
      templates: templates.sort(byName),
    },
    images: resources
      .filter(({ type, inputs }) => type === "slipway:platform:Image" && inputs["pinned"] !== true)
      .map(imageOf)
      .sort(byName),
  };
}

/** What the program refuses, a person can mend; anything else is a bug and keeps its stack trace. */
export function forPeople(error: unknown): never {
  const { RunError, ResourceError } = pulumi;
  if (RunError.isInstance(error) || ResourceError.isInstance(error) || error instanceof GitError)
    throw new Failure(error.message, 2);
  throw error;
}

const PLACEHOLDER = /\{\{[\w.-]+\}\}/g;

/** What others need comes first; the rest by kind, then by name. */
const FIRST = [
  "Namespace",
  "ResourceQuota",
  "LimitRange",
  "NetworkPolicy",
  "ConfigMap",
  "PersistentVolumeClaim",
  "Service",
];

function byApplication(a: Manifest, b: Manifest): number {
  const rank = ({ kind }: Manifest) => (FIRST.includes(kind) ? FIRST.indexOf(kind) : FIRST.length);
  return rank(a) - rank(b) || compare(a.kind, b.kind) || compare(a.metadata.name, b.metadata.name);
}

function byName(a: { name: string }, b: { name: string }): number {
  return compare(a.name, b.name);
}

/** Not by locale: the order must be the same on every machine. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function manifestOf({ inputs }: Evaluated): Manifest {
  return plain(inputs) as Manifest;
}

/** How a template names the public key of a password. */
export function publicName(password: string): string {
  return `${password}.public`;
}

/** @param derived public keys of placeholders, and what names them. */
function templateOf(
  { metadata, type, stringData }: Manifest,
  derived: readonly (readonly [string, string])[],
): SecretTemplate {
  const { name, namespace = "default", labels = {} } = metadata;
  const named = (text: string) =>
    derived.reduce((all, [key, name]) => all.replaceAll(key, `{{${name}}}`), text);
  const texts = Object.entries(stringData as Record<string, string>);
  return {
    name,
    namespace,
    type: typeof type === "string" ? type : "Opaque",
    labels,
    stringData: Object.fromEntries(texts.map(([key, text]) => [key, named(text)])),
  };
}

function ruleOf(inputs: Record<string, unknown>): { length: number; special: boolean } {
  return { length: Number(inputs["length"]), special: inputs["special"] === true };
}

function imageOf({ name, inputs }: Evaluated): Rendering["images"][number] {
  const { reference, context, args } = plain(inputs) as {
    reference: string;
    context: string;
    args: Record<string, string>;
  };
  return { name, reference, context, args };
}
