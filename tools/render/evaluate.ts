import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import program from "../../index.ts";

/** One resource as the program described it. */
export interface Evaluated {
  /** Pulumi type, e.g. `kubernetes:apps/v1:Deployment`. */
  type: string;
  /** Logical name. */
  name: string;
  /** Inputs, resolved; secrets are plain values here (see {@link secretValue}). */
  inputs: Record<string, unknown>;
  /** Options that the program gave. */
  options: pulumi.CustomResourceOptions;
  /** Types of the components around it, outermost first. */
  parents: string[];
}

/** Everything that a program evaluation yields. */
export interface Evaluation {
  resources: Evaluated[];
  outputs: Record<string, unknown>;
}

/** Configuration of a stack without the project's prefix, e.g. `{ models: [...] }`. */
export type RawConfig = Record<string, unknown>;

const ROOT = join(import.meta.dirname, "..", "..");
const PROJECT = "slipway";

/** Reads `Pulumi.<stack>.yaml`. An encrypted value becomes the name of the key that holds it. */
export function readStack(stack: string): RawConfig {
  let document: { config?: Record<string, unknown> } | null;
  try {
    document = parse(readFileSync(join(ROOT, `Pulumi.${stack}.yaml`), "utf8")) as typeof document;
  } catch (cause) {
    throw new Error(`Pulumi.${stack}.yaml cannot be read: add the file, or name another stack`, { cause });
  }
  const entries = Object.entries(document?.config ?? {});
  return Object.fromEntries(
    entries
      .filter(([key]) => key.startsWith(`${PROJECT}:`))
      .map(([key, value]) => [key.slice(PROJECT.length + 1), hideSecrets(value, key.slice(PROJECT.length + 1))]),
  );
}

/**
 * Evaluates the program for a stack without any engine: nothing is built, asked or changed.
 *
 * A generated password is its own name in braces, `{{mlflow-admin}}`, so that whatever is derived from it shows how.
 */
export async function evaluate(stack: string, config: RawConfig = readStack(stack)): Promise<Evaluation> {
  return run(stack, config, program);
}

/** The same for any program, e.g. a component on its own. */
export async function run(
  stack: string,
  config: RawConfig,
  init: () => Record<string, unknown> | undefined,
): Promise<Evaluation> {
  const registered: Omit<Evaluated, "options" | "parents">[] = [];
  const described = new Map<string, Pick<Evaluated, "options" | "parents">>();
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs, custom }) => {
        if (custom) registered.push({ type, name, inputs: inputs as Record<string, unknown> });
        return { id: `${name}-id`, state: stateOf(type, name, inputs as Record<string, unknown>) };
      },
      call: ({ token }) => {
        throw new Error(`The program calls '${token}', which only an engine can answer`);
      },
    },
    PROJECT,
    stack,
  );
  pulumi.runtime.setAllConfig(
    Object.fromEntries(Object.entries(config).map(([key, value]) => [`${PROJECT}:${key}`, configText(value)])),
  );
  const outputs = (await pulumi.runtime.runInPulumiStack(async () => {
    pulumi.runtime.registerStackTransformation(({ resource, type, name, opts }) => {
      described.set(`${type}::${name}`, { options: opts, parents: parentsOf(opts.parent) });
      void resource;
      return undefined;
    });
    return Promise.resolve(init() ?? {});
  })) as Record<string, unknown> | undefined;
  await pulumi.runtime.disconnect();
  const resources = registered.map((resource) => {
    const { options = {}, parents = [] } = described.get(`${resource.type}::${resource.name}`) ?? {};
    return { ...resource, options, parents };
  });
  return { resources, outputs: outputs ?? {} };
}

function stateOf(type: string, name: string, inputs: Record<string, unknown>): Record<string, unknown> {
  if (type === "random:index/randomPassword:RandomPassword") return { ...inputs, result: `{{${name}}}` };
  return inputs;
}

function parentsOf(resource: pulumi.Resource | undefined): string[] {
  if (resource === undefined) return [];
  const { __pulumiType: type } = resource as unknown as { __pulumiType: string };
  return [type];
}

function configText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function hideSecrets(value: unknown, path: string): unknown {
  if (Array.isArray(value)) return value.map((item, index) => hideSecrets(item, `${path}.${index}`));
  if (typeof value !== "object" || value === null) return value;
  if ("secure" in value) return `{{${path}}}`;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, hideSecrets(item, `${path}.${key}`)]),
  );
}
