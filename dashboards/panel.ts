/** One Prometheus query of a panel. */
interface Query {
  expr: string;
  /** Name of each line, e.g. `{{feature}}`. */
  legend: string;
}

/** Lines over time, on Grafana's grid of 24 columns; see {@link dashboard} for its place. */
export interface Panel {
  title: string;
  /** What the metric means and when to worry. */
  description: string;
  /** Grafana unit, e.g. `s`, `reqps`, `percentunit`. */
  unit: string;
  queries: Query[];
}

const WIDTH = 8;
const HEIGHT = 8;
const PER_ROW = 24 / WIDTH;

/** Uid of the provisioned data source. */
export const DATA_SOURCE = "prometheus";

/**
 * A dashboard in Grafana's JSON model: three panels a row, with a filter `$job` of all prediction
 * APIs.
 */
export function dashboard(uid: string, title: string, panels: Panel[]) {
  const datasource = { type: "prometheus", uid: DATA_SOURCE };
  return {
    uid,
    title,
    schemaVersion: 41,
    editable: false,
    refresh: "30s",
    tags: ["slipway"],
    time: { from: "now-3h", to: "now" },
    templating: {
      list: [
        {
          name: "job",
          label: "API",
          type: "query",
          datasource,
          query: { query: "label_values(slipway_model_info, job)", refId: "job" },
          includeAll: true,
          multi: true,
          current: { text: "All", value: "$__all" },
          refresh: 2,
          sort: 1,
        },
      ],
    },
    panels: panels.map(({ title, description, unit, queries }, index) => ({
      id: index + 1,
      title,
      description,
      type: "timeseries",
      datasource,
      gridPos: {
        x: (index % PER_ROW) * WIDTH,
        y: Math.floor(index / PER_ROW) * HEIGHT,
        w: WIDTH,
        h: HEIGHT,
      },
      fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
      options: {},
      targets: queries.map(({ expr, legend }, query) => ({
        refId: String.fromCharCode("A".charCodeAt(0) + query),
        datasource,
        expr,
        legendFormat: legend,
      })),
    })),
  };
}
