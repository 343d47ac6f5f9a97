import { platformDashboard } from "./platform.ts";
import { predictionApiDashboard } from "./prediction-api.ts";

const files = {
  "dashboard-platform.json": platformDashboard,
  "dashboard-prediction-api.json": predictionApiDashboard,
};

/** Grafana's JSON of each dashboard, by its file in `components/files`. */
export const DASHBOARDS = Object.fromEntries(
  Object.entries(files).map(([file, model]) => [file, `${JSON.stringify(model, null, 2)}\n`]),
);
