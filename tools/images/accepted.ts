import { TomlDate, type TomlTable, parse } from "smol-toml";

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
 * @param text of the file. @throws TomlError where it is none of TOML.
 */
export function acceptedIn(text: string): { accepted: Accepted[]; problems: string[] } {
  const accepted: Accepted[] = [];
  const problems: string[] = [];
  const file = parse(text);
  for (const [table, keys] of Object.entries(TABLES)) {
    for (const one of [file[table] ?? []].flat() as TomlTable[]) {
      const said = (key: string) => (typeof one[key] === "string" ? one[key] : "");
      const end = one[keys.until];
      const until = end instanceof TomlDate ? end.toISOString().slice(0, 10) : "";
      const entry = { what: said(keys.what), until, reason: said("reason") };
      const name = `[[${table}]] ${entry.what || "without a name"}`;
      if (entry.what === "") problems.push(`${name}: '${keys.what}' says what is accepted`);
      if (until === "")
        problems.push(
          `${name}: '${keys.until} = 2027-01-31' says until when, a date without quotes`,
        );
      if (entry.reason === "")
        problems.push(`${name}: 'reason = "…"' says why it does no harm here`);
      accepted.push(entry);
    }
  }
  return { accepted, problems };
}
