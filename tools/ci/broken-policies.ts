import type {
  PolicyResource,
  PolicyResourceOptions,
  ReportViolation,
  ResourceValidationArgs,
  ResourceValidationPolicy,
  StackValidationPolicy,
} from "@pulumi/policy";
import { policies } from "../../policy/policies.ts";
import { recordedData } from "../../policy/recorded-data.ts";
import type { Preview } from "../lib/changes/preview-events.ts";
import { type Evaluated, type Evaluation, plain } from "../lib/program/evaluate.ts";

/** What the policy pack says of an evaluation, with its defaults: each policy is asked as the engine would. */
export async function brokenPolicies(
  stack: string,
  { resources }: Evaluation,
): Promise<Preview["violations"]> {
  const found: Preview["violations"] = [];
  const shown = resources.map((one) => asShown(stack, one));
  const reporter =
    ({ name, enforcementLevel }: ResourceValidationPolicy | StackValidationPolicy, of: string) =>
    (...[message, urn]: Parameters<ReportViolation>): void => {
      const resource = shown.find((one) => one.urn === urn)?.name ?? of;
      found.push({ policy: name, level: enforcementLevel ?? "mandatory", resource, message });
    };
  for (const policy of policies()) {
    for (const resource of shown) {
      const args = { ...resource, ...common(policy), asType: () => undefined };
      for (const validate of [policy.validateResource ?? []].flat())
        await validate(args, reporter(policy, resource.name));
    }
  }
  const all = { resources: shown, ...common(recordedData) };
  await recordedData.validateStack(all, reporter(recordedData, stack));
  return found;
}

function common({ configSchema }: ResourceValidationPolicy | StackValidationPolicy) {
  const properties = Object.entries(configSchema?.properties ?? {});
  const defaults = Object.fromEntries(properties.map(([key, schema]) => [key, schema.default]));
  return {
    stackTags: new Map<string, string>(),
    getConfig: (() => defaults) as ResourceValidationArgs["getConfig"],
    notApplicable: (reason?: string): never => {
      throw new Error(`a policy says that it does not apply: ${reason ?? "without a reason"}`);
    },
  };
}

function asShown(stack: string, { type, name, inputs, options }: Evaluated): PolicyResource {
  return {
    type,
    name,
    props: plain(inputs) as Record<string, unknown>,
    urn: `urn:pulumi:${stack}::slipway::${type}::${name}`,
    opts: optionsOf(options),
    dependencies: [],
    propertyDependencies: {},
    isType: () => false,
    asType: () => undefined,
  };
}

function optionsOf({ protect = false }: Evaluated["options"]): PolicyResourceOptions {
  return {
    protect,
    ignoreChanges: [],
    aliases: [],
    additionalSecretOutputs: [],
    customTimeouts: { createSeconds: 0, updateSeconds: 0, deleteSeconds: 0 },
  };
}
