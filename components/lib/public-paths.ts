/**
 * Paths of a Service that callers outside reach, as each kind of endpoint says it: a path stands for itself and what is
 * below it, `/` for itself alone. `undefined` stands for everything.
 */
export type PublicPaths = readonly string[] | undefined;

/** Those of a Service, with its description where that is shown too. */
export function publicPaths(
  { paths, docs }: { paths?: string[]; docs?: string },
  shown: boolean,
): PublicPaths {
  return paths && docs !== undefined && shown ? [...paths, docs] : paths;
}

/** Paths of an Ingress, which lead to `backend`. */
export function ingressPaths<Backend>(paths: PublicPaths, backend: Backend) {
  if (paths === undefined) return [{ path: "/", pathType: "Prefix", backend }];
  return paths.map((path) => ({ path, pathType: path === "/" ? "Exact" : "Prefix", backend }));
}

/** Matches of one rule before version 1.1 of the Gateway API. */
const MOST_MATCHES = 8;

/** What the rules of an HTTPRoute match. */
export function routeMatches(paths: PublicPaths) {
  const matches = paths?.map((value) => ({
    path: { type: value === "/" ? "Exact" : "PathPrefix", value },
  }));
  if (matches === undefined) return [{}];
  const rules = [];
  for (let start = 0; start < matches.length; start += MOST_MATCHES) {
    rules.push({ matches: matches.slice(start, start + MOST_MATCHES) });
  }
  return rules;
}

/**
 * OpenShift's Routes, of which each takes one path: what is added to the name of each but the first, and its spec. For a
 * Route everything is below `/`, so that the path itself is not open there.
 */
export function routeParts(paths: PublicPaths): { suffix: string; spec: { path?: string } }[] {
  if (paths === undefined) return [{ suffix: "", spec: {} }];
  const below = paths.filter((path) => path !== "/");
  return below.map((path, index) => ({
    suffix: index === 0 ? "" : path.replaceAll("/", "-"),
    spec: { path },
  }));
}
