import * as pulumi from "@pulumi/pulumi";
import { Identities, urnOf } from "./identities.ts";
import program from "../../../index.ts";
import { PROJECT, type RawConfig, rawStack } from "../stack/stack-file.ts";

/** One resource as the program described it. */
export interface Evaluated {
  /** Pulumi type, e.g. `kubernetes:apps/v1:Deployment`. */
  type: string;
  /** Logical name. */
  name: string;
  /** Inputs with all outputs resolved; a secret is marked as {@link plain} undoes. */
  inputs: Record<string, unknown>;
  /** Options that the program gave. */
  options: pulumi.CustomResourceOptions;
  /** Types of the components around it, outermost first. */
  parents: string[];
  /** Names by which an engine finds it in a state, `<types of the parents>$<type>::<name>`: its own, then its aliases. */
  urns: string[];
}

/** Everything that a program evaluation yields. */
export interface Evaluation {
  /** Resources and components in no particular order. */
  resources: Evaluated[];
  /** Stack outputs. */
  outputs: Record<string, unknown>;
}

/**
 * Evaluates the program for a stack without any engine: nothing is built, asked or changed.
 *
 * A generated password is its own name in braces, `{{mlflow-admin}}`, so that what is derived from
 * it shows how.
 */
export function evaluate(stack: string, config: RawConfig = rawStack(stack)): Promise<Evaluation> {
  return evaluateProgram(stack, config, program);
}

/** The same with the settings of a file, e.g. of an environment's `configFile`. */
export function evaluateFile(stack: string, file: string): Promise<Evaluation> {
  return evaluate(stack, rawStack(stack, file));
}

/**
 * The same for any program, e.g. for one component. Evaluations must not overlap: Pulumi's runtime
 * is one per process.
 */
export async function evaluateProgram(
  stack: string,
  config: RawConfig,
  init: () => Record<string, unknown>,
): Promise<Evaluation> {
  const resources: Evaluated[] = [];
  const described: Pick<Evaluated, "options" | "parents" | "urns">[] = [];

  const mocks: pulumi.runtime.Mocks = {
    newResource: ({ type, name, inputs: marked }) => {
      const { [NUMBER]: number, ...inputs } = marked as Record<string, unknown>;
      const description = described[Number(number)];
      if (description) resources.push({ type, name, inputs, ...description });
      const generated = type === RANDOM_PASSWORD ? { result: `{{${name}}}` } : {};
      return { id: name, state: { ...inputs, ...generated } };
    },
    call: ({ token }) => {
      // Without an engine no registry is asked: the tag stands in for its digest, as where images are built.
      if (token === REGISTRY_IMAGE) return {};
      // Nor is anything run that looks for its signature.
      if (token === RUN) return { stdout: "0", stderr: "" };
      throw new Error(`The program calls '${token}', which only an engine can answer`);
    },
  };
  await pulumi.runtime.setMocks(mocks, PROJECT, stack);
  const texts = Object.entries(config).map(([key, value]) => [
    `${PROJECT}:${key}`,
    configText(value),
  ]);
  pulumi.runtime.setAllConfig(Object.fromEntries(texts) as Record<string, string>);

  let refused: { error: unknown } | undefined;
  const identities = new Identities();
  const run = pulumi.runtime.runInPulumiStack;
  const outputs = (await withoutFrames(() =>
    run(() => {
      pulumi.runtime.registerStackTransformation(({ resource, type, name, props, opts }) => {
        const all = identities.add(resource, type, name, opts);
        described.push({ options: opts, parents: all[0].parents, urns: all.map(urnOf) });
        // Mocks are told neither parents nor options, and two resources may have one type and name.
        return { props: { ...(props as object), [NUMBER]: described.length - 1 }, opts };
      });
      try {
        return Promise.resolve(init());
      } catch (error) {
        // Thrown further in here, it would also reject a promise of Pulumi's that nobody looks at, which ends the process.
        refused = { error };
        return Promise.resolve({});
      }
    }),
  )) as Record<string, unknown> | undefined;
  await pulumi.runtime.disconnect();
  if (refused) throw refused.error;
  return { resources, outputs: outputs ?? {} };
}

/**
 * Runs while stacks are written without their frames: Pulumi asks for the stack of each promise, and to look all of them up in
 * source maps takes a third of an evaluation. What is thrown is written later, whole.
 */
async function withoutFrames<T>(run: () => Promise<T>): Promise<T> {
  const own = Object.getOwnPropertyDescriptor(Error, "prepareStackTrace");
  Error.prepareStackTrace = String;
  try {
    return await run();
  } finally {
    Object.defineProperty(Error, "prepareStackTrace", own ?? { value: undefined });
  }
}

/** An input that no resource has: which description is the resource's. */
const NUMBER = "slipway/number";

/** Pulumi's mark of a secret among resolved inputs. */
const SECRET_MARK = "4dabf18193072939515e22adb298388d";
const REGISTRY_IMAGE = "docker:index/getRegistryImage:getRegistryImage";
const RUN = "command:local:run";
const RANDOM_PASSWORD = "random:index/randomPassword:RandomPassword";

/** `value` without the marks of secrets in it. */
export function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  if (SECRET_MARK in value && "value" in value) return plain(value.value);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

/** Structured configuration reaches a program as JSON. */
function configText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
