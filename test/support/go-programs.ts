import { basename } from "node:path";
import { builtGoProgram, publishedGoProgram, runs } from "../../tools/lib/cached-programs.ts";
import { installed } from "../../tools/lib/installed.ts";
import { ALL } from "./long.ts";

/** Programs of others that our commands call where they are installed, each at the version that the tests know. */
const PROGRAMS = {
  cosign: ["github.com/sigstore/cosign/v3/cmd/cosign", "v3.1.3"],
  "osv-scanner": ["github.com/google/osv-scanner/v2/cmd/osv-scanner", "v2.5.0"],
} as const;

/**
 * The real program: of the PATH, else of the cache. Only a run of the long set builds it, which takes minutes.
 *
 * @returns its path, or why there is none.
 */
export function findProgram(name: keyof typeof PROGRAMS): { file: string } | { missing: string } {
  const [path, version] = PROGRAMS[name];
  const file = installed(basename(path)) ?? builtGoProgram(path, version);
  if (file !== undefined) return { file };
  if (ALL && runs("go", "version")) return { file: publishedGoProgram(path, version) };
  return { missing: `no ${name} on the PATH or in the cache, where a run of the long set puts it` };
}
