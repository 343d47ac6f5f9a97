/** One or more commands that are built from a public Go module at a fixed version. */
export interface GoSource {
  /** Name in messages and in the cache. */
  name: string;
  /** Module path. */
  module: string;
  /** Module version, e.g. `v1.36.3`. */
  version: string;
  /** Main packages, relative to the module; the last path element names the binary. @default [""] */
  packages?: string[];
  /** Extra `-X` linker settings. */
  variables?: Record<string, string>;
}

/** Import paths of the commands of a source. */
export function packagePaths(source: GoSource): string[] {
  return (source.packages ?? [""]).map((path) =>
    path ? `${source.module}/${path}` : source.module,
  );
}

/** Names of the binaries that a source gives, as `go build` chooses them. */
export function binaryNames(source: GoSource): string[] {
  return packagePaths(source).map((path) => {
    const elements = path.split("/").filter((element) => !/^v\d+$/.test(element));
    return elements.at(-1) ?? source.name;
  });
}

/**
 * The `replace` lines of a module's own go.mod, which Go ignores in a dependent: Argo CD pins its Kubernetes
 * libraries so. Those into its source tree (`./staging/src/…`, which a dependent does not have) are turned to the
 * published modules: Kubernetes v1.36.3 publishes k8s.io/api v0.36.3.
 */
export function ownReplaces(goMod: string, version: string): string[] {
  const published = version.replace(/^v1\./, "v0.");
  return [...goMod.matchAll(/^\s*(?:replace\s+)?(\S+) => (\S+)(?: (v\S+))?/gm)].flatMap(
    ([, module = "", target = "", pinned]) => {
      if (target.startsWith("./staging/src/")) return [`${module}=${module}@${published}`];
      return pinned === undefined ? [] : [`${module}=${target}@${pinned}`];
    },
  );
}
