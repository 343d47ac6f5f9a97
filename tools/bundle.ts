/**
 * `npm run bundle`: makes of `tools/sleep-schedule` the one file that its pods run. The program puts the file into a ConfigMap, so that what runs in the
 * cluster is what `npm run sleep` and `wake` run, and no further image is built (docs/adr/0047-the-sleep-schedule-runs-the-commands-own-code.md).
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { BUNDLE, bundle } from "./lib/bundle.ts";
import { ROOT } from "./lib/paths.ts";

writeFileSync(join(ROOT, BUNDLE), await bundle());
