import { scriptFile } from "./files.ts";

/** Names of the dashboards' files, as Grafana finds them; `npm run dashboards` writes them from `dashboards/`. */
export const DASHBOARD_FILES = ["platform.json", "prediction-api.json"] as const;

/** Grafana's JSON of each dashboard, by file. */
export function dashboardFiles(): Record<string, string> {
  return Object.fromEntries(DASHBOARD_FILES.map((file) => [file, scriptFile(`dashboard-${file}`)]));
}
