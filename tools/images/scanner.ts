import { publishedGoProgram, runs } from "../lib/cached-programs.ts";
import { Failure } from "../lib/failure.ts";
import { installed } from "../lib/installed.ts";
import { run } from "../lib/run.ts";
import { tell } from "../lib/tell.ts";

/** Exit code where what is known was not to be learned: neither well nor unwell. */
export const NOT_KNOWN = 3;

/** What is looked up: lock files and lists of packages, or one image that Docker has or pulls. */
export type Target = { files: readonly string[] } | { image: string };

/** What a scan learned, as osv-scanner's JSON; `problem` where it did not learn all. */
export interface Scan {
  report?: string;
  problem?: string;
}

const MODULE = "github.com/google/osv-scanner/v2/cmd/osv-scanner";
const VERSION = "v2.5.0";

/** osv-scanner of the PATH, else built once by Go. @throws Failure where there is neither. */
export function findScanner(): string {
  const program = installed("osv-scanner");
  if (program !== undefined) return program;
  if (runs("go", "version")) {
    tell(`osv-scanner ${VERSION} is built by Go, once, which takes minutes`);
    return publishedGoProgram(MODULE, VERSION);
  }
  throw new Failure(
    "there is neither `osv-scanner` on the PATH nor a Go that builds it: install one of them (docs/ci.md#vulnerabilities)",
    NOT_KNOWN,
  );
}

/**
 * Looks up what a target has in osv.dev, or in a copy of its database.
 *
 * @param config what is accepted. @param database folder of the copy, `osv-scalibr/<ecosystem>/all.zip` in it.
 */
export async function scan(
  scanner: string,
  target: Target,
  config: string,
  database: string | undefined,
): Promise<Scan> {
  // Not `--offline-vulnerabilities`, with which v2.5.0 looks nothing up and finds all well.
  const offline = ["--offline", "--local-db-path", database ?? ""];
  const options = [
    ...["--format", "json", "--verbosity", "error", "--config", config],
    ...(database === undefined ? [] : offline),
  ];
  const what =
    "image" in target
      ? (["image", ...options, target.image] as const)
      : (["source", ...options, ...target.files.flatMap((file) => ["-L", file])] as const);
  const { code, stdout, stderr } = await run([scanner, "scan", ...what]);
  const answered = code === 0 || code === 1;
  // At this verbosity it writes to standard error what it could not do, whatever it found besides.
  const problem = stderr.trim() || (answered ? "" : `osv-scanner ended with ${code}`);
  return {
    ...(answered && stdout.trim() !== "" ? { report: stdout } : {}),
    ...(problem === "" ? {} : { problem }),
  };
}
