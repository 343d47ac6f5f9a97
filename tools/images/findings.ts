import { z } from "zod";

/** How bad a vulnerability is: the ratings of CVSS (first.org/cvss/v3.1/specification-document, table 14), worst first. */
export const SEVERITIES = ["critical", "high", "medium", "low"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** A known vulnerability of a package that was found. */
export interface Finding {
  /** `unknown` where its advisory has no score, as those of malicious packages. */
  severity: Severity | "unknown";
  package: string;
  version: string;
  /** The advisory's names, its own first. */
  ids: string[];
  /** Versions that mend it, of each line that is kept up; none where there is no fix. */
  fixed: string[];
  /** Files and images that have the package. */
  places: string[];
}

const group = z.object({
  ids: z.array(z.string()),
  aliases: z.array(z.string()).nullish(),
  max_severity: z.string().nullish(),
});
const advisory = z.object({
  id: z.string(),
  affected: z
    .array(
      z.object({
        package: z.object({ name: z.string() }).nullish(),
        ranges: z
          .array(z.object({ events: z.array(z.object({ fixed: z.string().optional() })) }))
          .nullish(),
      }),
    )
    .nullish(),
});
const found = z.object({
  package: z.object({ name: z.string(), version: z.string() }),
  vulnerabilities: z.array(advisory).nullish(),
  groups: z.array(group).nullish(),
});
/** What osv-scanner writes with `--format json` (google.github.io/osv-scanner/output). */
const report = z.object({
  results: z
    .array(z.object({ source: z.object({ path: z.string() }), packages: z.array(found) }))
    .nullish(),
});

/**
 * What a report of osv-scanner's says, worst first; what several places have is one finding.
 *
 * @param placeOf a place in a person's words, of the path that the scanner names.
 */
export function findingsOf(texts: readonly string[], placeOf: (path: string) => string): Finding[] {
  const all = new Map<string, Finding>();
  for (const { source, packages } of texts.flatMap((text) => {
    return report.parse(JSON.parse(text)).results ?? [];
  })) {
    for (const { package: named, groups, vulnerabilities } of packages) {
      for (const { ids, aliases, max_severity: score } of groups ?? []) {
        const own = (vulnerabilities ?? []).filter(({ id }) => ids.includes(id));
        const key = [named.name, named.version, ids[0]].join(" ");
        const known = all.get(key);
        const place = placeOf(source.path);
        if (known) known.places = [...new Set([...known.places, place])];
        else {
          all.set(key, {
            severity: severityOf(score ?? ""),
            ...{ package: named.name, version: named.version },
            ids: [...new Set([...ids, ...(aliases ?? [])])],
            fixed: fixesOf(own, named.name),
            places: [place],
          });
        }
      }
    }
  }
  const rank = ({ severity }: Finding) => ["unknown", ...SEVERITIES].indexOf(severity);
  return [...all.values()].sort(
    (one, other) => rank(one) - rank(other) || one.package.localeCompare(other.package),
  );
}

/** Whether a finding is as bad as `level` or worse; one without a score is, as nobody knows. */
export function isAsBadAs({ severity }: Finding, level: Severity): boolean {
  return severity === "unknown" || SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(level);
}

function severityOf(score: string): Finding["severity"] {
  const number = Number.parseFloat(score);
  if (!(number > 0)) return "unknown";
  if (number >= 9) return "critical";
  if (number >= 7) return "high";
  return number >= 4 ? "medium" : "low";
}

function fixesOf(advisories: z.output<typeof advisory>[], name: string): string[] {
  const versions = advisories
    .flatMap(({ affected }) => affected ?? [])
    .filter(({ package: named }) => named?.name === name)
    .flatMap(({ ranges }) => ranges ?? [])
    .flatMap(({ events }) => events)
    .flatMap(({ fixed }) => fixed ?? []);
  return [...new Set(versions)];
}
