/**
 * Before `npm pack`: makes in `dist` what `import … from "slipway"` needs, since Node takes no TypeScript below `node_modules`
 * (docs/adr/0027-slipway-is-a-component.md). Afterwards, with `--clean`, removes it: what is old is never packed.
 */
import { execFileSync } from "node:child_process";
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./lib/paths.ts";

const dist = join(ROOT, "dist");
rmSync(dist, { recursive: true, force: true });
if (!process.argv.includes("--clean")) {
  const compiler = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  execFileSync(process.execPath, [compiler, "-p", join(ROOT, "tsconfig.library.json")], {
    // npm's own standard output says which file it packed.
    stdio: ["ignore", 2, "inherit"],
  });
  cpSync(join(ROOT, "components", "files"), join(dist, "components", "files"), {
    recursive: true,
  });
}
