/** Operators of PromQL that compare with a number; a matcher of labels compares with a text. */
const COMPARISON = / (?:[<>]=?|==|!=) -?[\d.e+]+/g;
/** A metric of somebody that Prometheus scrapes, with its matchers. */
const SELECTOR =
  /\b(?:up|(?:slipway|alertmanager|SeaweedFS|minio|pg|probe|process)_\w+)\b(?:\{[^{}]*\})?/g;

/**
 * What an alert compares, each side of an `or` by itself: it has a series where all is well, too.
 *
 * @param expr an alert's PromQL, e.g. `max(a) > 3 or absent(b)`.
 * @returns PromQL, e.g. `["max(a)", "b"]`.
 */
export function comparedBy(expr: string): string[] {
  const plain = expr
    .replaceAll(COMPARISON, "")
    // What is there in any case would hide a metric that is not.
    .replaceAll(" or vector(0)", "")
    .replaceAll(/absent\(([^()]*)\)/g, "$1");
  let depth = 0;
  const parts = [""];
  for (const [word] of plain.matchAll(/[()]| or |(?:(?! or )[^()])+/g)) {
    if (word === "(") depth += 1;
    if (word === ")") depth -= 1;
    if (word === " or " && depth === 0) parts.push("");
    else parts.push(`${parts.pop() ?? ""}${word}`);
  }
  return parts;
}

/** Every metric with its matchers that an expression names. */
export function selectorsOf(expr: string): string[] {
  return [...new Set(expr.match(SELECTOR))];
}

/** Every expression of a dashboard, panels and annotations, as Grafana asks it with nothing filtered. */
export function expressionsOf(dashboard: unknown): string[] {
  if (typeof dashboard !== "object" || dashboard === null) return [];
  return Object.entries(dashboard).flatMap(([key, value]: [string, unknown]) =>
    key === "expr" && typeof value === "string" ? [asked(value)] : expressionsOf(value),
  );
}

const asked = (expr: string) => expr.replaceAll("$__rate_interval", "1m").replaceAll("$job", ".*");
