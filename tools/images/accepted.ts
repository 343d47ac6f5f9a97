/** A finding that osv-scanner leaves out, by the file of its own in which people accept it. */
export interface Accepted {
  /** Name of the advisory, or of the package. */
  what: string;
  /** Date from which on it is a finding again. */
  until: string;
  reason: string;
}

/** The tables of osv-scanner.toml that leave something out, and their keys for what and until when. */
const TABLES: Record<string, { what: string; until: string }> = {
  IgnoredVulns: { what: "id", until: "ignoreUntil" },
  PackageOverrides: { what: "name", until: "effectiveUntil" },
};

/**
 * What osv-scanner.toml accepts (google.github.io/osv-scanner/configuration), and a line for each entry that is accepted for ever or
 * without a reason: the scanner asks for neither.
 *
 * @param text of the file: tables of a line for each key, as its documentation has them.
 */
export function acceptedIn(text: string): { accepted: Accepted[]; problems: string[] } {
  const accepted: Accepted[] = [];
  const problems: string[] = [];
  const [, ...parts] = text.split(/^\s*\[\[\s*(\w+)\s*\]\]/m);
  for (let at = 0; at < parts.length; at += 2) {
    const table = parts[at] ?? "";
    const keys = TABLES[table];
    if (keys === undefined) continue;
    const valueOf = (key: string) =>
      new RegExp(`^\\s*${key}\\s*=\\s*(?:"([^"]*)"|([\\d-]+))`, "m").exec(parts[at + 1] ?? "");
    const value = (key: string) => valueOf(key)?.slice(1).find(Boolean) ?? "";
    const entry = { what: value(keys.what), until: value(keys.until), reason: value("reason") };
    const name = `[[${table}]] ${entry.what || "without a name"}`;
    if (entry.what === "") problems.push(`${name}: '${keys.what}' says what is accepted`);
    if (!/^\d{4}-\d{2}-\d{2}$/.test(entry.until))
      problems.push(`${name}: '${keys.until} = 2027-01-31' says until when, a date without quotes`);
    if (entry.reason === "") problems.push(`${name}: 'reason = "…"' says why it does no harm here`);
    accepted.push(entry);
  }
  return { accepted, problems };
}
