/**
 * `npm run dashboards`: writes what `dashboards/` describes as the JSON that Grafana reads. The program reads the files, so that no
 * preview loads Grafana's library (docs/adr/0046-dashboards-by-grafanas-sdk.md).
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { DASHBOARDS } from "../dashboards/all.ts";
import { ROOT } from "./lib/paths.ts";

for (const [file, text] of Object.entries(DASHBOARDS))
  writeFileSync(join(ROOT, "components", "files", file), text);
