/** Command line of `npm run vulnerabilities`. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";
import { parseArgs } from "node:util";
import { runCommand } from "../lib/command.ts";
import { Failure } from "../lib/failure.ts";
import { ROOT } from "../lib/paths.ts";
import { readStack } from "../lib/stack/read-stack.ts";
import { table } from "../lib/table.ts";
import { tell } from "../lib/tell.ts";
import { acceptedIn } from "./accepted.ts";
import { LISTED, writeBom } from "./boms.ts";
import { type Finding, findingsOf, isAsBadAs, SEVERITIES, type Severity } from "./findings.ts";
import { findScanner, NOT_KNOWN, type Scan, scan } from "./scanner.ts";

const USAGE = `usage: npm run vulnerabilities [-- OPTIONS]
Looks up what our images are made of (npm run sbom), and this repository's own packages, among known vulnerabilities (osv.dev).
  --stack NAME        also the images of others of this stack (slipway:images), which Docker pulls
  --image IMAGE       also this image; may be repeated
  --fail-on LEVEL     ${SEVERITIES.join(", ")}: how bad a finding must be to end with 1 (default: high)
  --database FOLDER   a copy of osv.dev's database, instead of asking it
Ends with 0 where nothing so bad is known, 1 where something is, ${NOT_KNOWN} where that was not to be learned. What is accepted
stands in osv-scanner.toml.`;

const CONFIG = join(ROOT, "osv-scanner.toml");
const TITLES = ["severity", "package", "version", "fixed in", "advisory", "in"];

await runCommand(USAGE, async () => {
  const { values } = parseArgs({
    options: {
      stack: { type: "string" },
      image: { type: "string", multiple: true },
      "fail-on": { type: "string", default: "high" },
      database: { type: "string" },
    },
  });
  const level = levelOf(values["fail-on"]);
  const others: string[] =
    values.stack === undefined ? [] : Object.values(readStack(values.stack).images);
  const accepted = needSound(readFileSync(CONFIG, "utf8"));
  const scanner = findScanner();
  const folder = mkdtempSync(join(tmpdir(), "slipway-vulnerabilities-"));
  const scans: Record<string, Scan> = {};
  try {
    const files = [join(ROOT, "package-lock.json")];
    for (const image of LISTED) files.push((await writeBom(image, folder)).file);
    scans["our packages"] = await scan(scanner, { files }, CONFIG, values.database);
    for (const image of [...others, ...(values.image ?? [])])
      scans[image] = await scan(scanner, { image }, CONFIG, values.database);
  } finally {
    rmSync(folder, { recursive: true });
  }
  for (const { what, until, reason } of accepted)
    tell(`accepted until ${until}: ${what}, ${reason}`);
  report(scans, level, folder);
});

/** Says what was found. @throws Failure with exit code 1 or {@link NOT_KNOWN} */
function report(scans: Record<string, Scan>, level: Severity, folder: string): void {
  const findings = Object.entries(scans).flatMap(([name, { report: text }]) => {
    const placeOf = (path: string) => placeIn(path, folder) ?? name;
    return text === undefined ? [] : findingsOf([text], placeOf);
  });
  if (findings.length > 0) tell(table([TITLES, ...findings.map(rowOf)]));
  const unknown = Object.entries(scans).flatMap(([name, { problem }]) => {
    return problem === undefined ? [] : [`${name}: ${problem}`];
  });
  const not = `NOT KNOWN, as the scanner could not look everything up:\n${unknown.join("\n")}`;
  if (unknown.length > 0) tell(not);
  const bad = findings.filter((finding) => isAsBadAs(finding, level));
  if (bad.length > 0) {
    throw new Failure(
      `${bad.length} of ${findings.length} finding(s) are ${level} or worse, or have no score: update what has a fix; what does no harm ` +
        "here is accepted in osv-scanner.toml, with a reason and an end (docs/ci.md#vulnerabilities)",
    );
  }
  if (unknown.length > 0) {
    throw new Failure(
      "whether there are vulnerabilities is not known: osv-scanner asks api.osv.dev; where that is not to be reached, --database takes a copy " +
        "(docs/ci.md#vulnerabilities)",
      NOT_KNOWN,
    );
  }
  tell(
    `${Object.keys(scans).join(", ")}: ${findings.length === 0 ? "no known vulnerability" : `nothing known that is ${level} or worse`}`,
  );
}

function rowOf({ severity, package: name, version, fixed, ids, places }: Finding): string[] {
  return [
    ...[severity, name, version, fixed.join(", ") || "no fix"],
    ...[ids.join(", "), places.join(", ")],
  ];
}

/** A lock of the repository, or an image of ours whose list lies in `folder`; undefined for what is in another image. */
function placeIn(path: string, folder: string): string | undefined {
  if (path.startsWith(`${folder}/`)) return basename(path, ".cdx.json");
  return path.startsWith(`${ROOT}/`) ? relative(ROOT, path) : undefined;
}

function levelOf(text: string): Severity {
  const level = SEVERITIES.find((known) => known === text);
  if (level !== undefined) return level;
  throw new Failure(`--fail-on ${text}: use ${SEVERITIES.join(", ")}`, 2);
}

/** @throws Failure where something is accepted for ever, or without a reason. */
function needSound(text: string) {
  const { accepted, problems } = acceptedIn(text);
  if (problems.length === 0) return accepted;
  throw new Failure(`osv-scanner.toml is not sound:\n${problems.join("\n")}`, 2);
}
