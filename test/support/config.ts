import assert from "node:assert/strict";
import { type ValidationOptions, validateConfig } from "../../components/config/validate.ts";

/** A sound registry and models. */
export const REGISTRY = { host: "registry.example.com", prefix: "team/slipway" };
export const MODELS = [{ file: "diabetes.yaml" }];

/** Problems of a configuration that is sound but for `overrides`, as `path: message`. */
export function problems(
  overrides: Record<string, unknown>,
  name = "dev",
  options: ValidationOptions = {},
): string[] {
  const sound: Record<string, unknown> = { registry: REGISTRY, models: MODELS };
  const raw = Object.fromEntries(
    Object.entries({ ...sound, ...overrides }).filter(([, value]) => value !== undefined),
  );
  return validateConfig(raw, name, options).problems.map(
    ({ path, message }) => `${path}: ${message}`,
  );
}

/** Fails unless exactly this is wrong with a configuration that is sound but for `overrides`. */
export function refused(overrides: Record<string, unknown>, message: RegExp, name = "dev"): void {
  const found = problems(overrides, name);
  assert.equal(found.length, 1, found.join("\n"));
  assert.match(found[0] ?? "", message);
}

/** The only model with other settings. */
export function oneModel(settings: Record<string, unknown>): Record<string, unknown> {
  return { models: [{ ...MODELS[0], ...settings }] };
}
