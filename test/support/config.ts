import { validateConfig } from "../../components/config/validate.ts";

/** A sound registry and models. */
export const REGISTRY = { host: "registry.example.com", prefix: "team/slipway" };
export const MODELS = [{ file: "diabetes.yaml" }];

/** Problems of a configuration that is sound but for `overrides`, as `path: message`. */
export function problems(overrides: Record<string, unknown>, name = "dev"): string[] {
  const sound: Record<string, unknown> = { registry: REGISTRY, models: MODELS };
  const raw = Object.fromEntries(
    Object.entries({ ...sound, ...overrides }).filter(([, value]) => value !== undefined),
  );
  return validateConfig(raw, name).problems.map(({ path, message }) => `${path}: ${message}`);
}
