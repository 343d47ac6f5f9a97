/** Labels by which Services, policies and people find the pods of one workload. */
export interface Selector extends Record<string, string> {
  "app.kubernetes.io/name": string;
  "app.kubernetes.io/instance": string;
}

/**
 * The part that never changes: `name` is the workload (`mlflow`), `instance` the environment
 * (`slipway-dev`).
 */
export function selector(name: string, instance: string): Selector {
  return { "app.kubernetes.io/name": name, "app.kubernetes.io/instance": instance };
}

/** The label that all objects and pods of an environment have. */
export function instanceLabel(instance: string): Record<string, string> {
  return { "app.kubernetes.io/instance": instance };
}

/** Labels as `kubectl` takes them, `key=value` each. */
export function labelPairs(of: Record<string, string>): string[] {
  return Object.entries(of).map((pair) => pair.join("="));
}

/** Whether an object has all of them. */
export function hasLabels(
  { labels: found = {} }: { labels?: Record<string, string> },
  wanted: Record<string, string>,
): boolean {
  return Object.entries(wanted).every(([key, value]) => found[key] === value);
}

/**
 * All recommended labels. `component` is the role (`database`); `version` an image tag, where
 * there is one.
 */
export function labels(of: Selector, component: string, version?: string): Record<string, string> {
  return {
    ...of,
    "app.kubernetes.io/component": component,
    "app.kubernetes.io/part-of": "slipway",
    "app.kubernetes.io/managed-by": "slipway",
    ...(version === undefined ? {} : { "app.kubernetes.io/version": labelValue(version) }),
  };
}

/**
 * A label value has 63 characters of a small alphabet, with a letter or digit at each end
 * (`IsValidLabelValue`); an image tag has 128, and ends as it likes.
 */
function labelValue(tag: string): string {
  const fit = tag.replaceAll(/[^\w.-]/g, "-").slice(0, 63);
  return fit.replace(/^[-._]+/, "").replace(/[-._]+$/, "");
}

/** Labels that make a namespace admit nothing but *restricted* pods. */
export function restrictedPods(): Record<string, string> {
  const modes = ["enforce", "audit", "warn"].map((mode) => `pod-security.kubernetes.io/${mode}`);
  return Object.fromEntries(
    modes.flatMap((mode) => [
      [mode, "restricted"],
      [`${mode}-version`, "latest"],
    ]),
  );
}
