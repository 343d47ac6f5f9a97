import { schema } from "../../components/config.ts";
import { configProblems } from "../../components/lib/config-problems.ts";

/** A sound registry and models. */
export const REGISTRY = { host: "registry.example.com", prefix: "team/slipway" };
export const MODELS = [{ file: "diabetes.yaml" }];

/** Problems of a configuration that is sound but for `overrides`, as `path: message`. */
export function problems(overrides: Record<string, unknown>, name = "dev"): string[] {
  const sound: Record<string, unknown> = { registry: REGISTRY, models: MODELS };
  const raw = Object.fromEntries(
    Object.entries({ ...sound, ...overrides }).filter(([, value]) => value !== undefined),
  );
  return configProblems(schema, raw, name).problems.map(
    ({ path, message }) => `${path}: ${message}`,
  );
}
