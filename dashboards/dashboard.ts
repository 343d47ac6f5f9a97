import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import {
  AnnotationQueryBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  type Panel,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import { SOURCE } from "./panels.ts";

const TAG = "slipway";

/** A dashboard's rows by their titles, from the top, on Grafana's grid of 24 columns. */
type Rows = Record<string, Builder<Panel>[]>;

/** A mark on every panel, at the times when an expression has a value above 0. */
interface Mark {
  name: string;
  expr: string;
  /** Text beside it, e.g. `{{model}} {{version}}`. */
  text: string;
  color: string;
}

/**
 * Scrape jobs of the prediction APIs, of which a person picks some: each serves one model, and is called after it.
 */
const MODEL = new QueryVariableBuilder("job")
  .label("Model")
  .datasource(SOURCE)
  .query({ query: "label_values(slipway_model_info, job)", refId: "job" })
  .regex("/^(?<value>(?<text>.+?)(-api)?)$/")
  .refresh(VariableRefresh.OnTimeRangeChanged)
  .sort(VariableSort.AlphabeticalAsc)
  .includeAll(true)
  .multi(true)
  .current({ text: "All", value: "$__all" });

/** Makes a dashboard of ours in Grafana's JSON model, which shows the models that a person picks. */
export function dashboard(uid: string, title: string, rows: Rows, marks: Mark[]): Dashboard {
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .tags([TAG])
    .readonly()
    .refresh("30s")
    .time({ from: "now-3h", to: "now" })
    .timezone("browser")
    .tooltip(DashboardCursorSync.Crosshair)
    .link(new DashboardLinkBuilder("Slipway").type(DashboardLinkType.Dashboards).tags([TAG]))
    .withVariable(MODEL);
  for (const { name, expr, text, color } of marks) {
    const target = new DataqueryBuilder().refId("Anno").datasource(SOURCE).expr(expr);
    builder.annotation(
      new AnnotationQueryBuilder()
        .name(name)
        .datasource(SOURCE)
        .enable(true)
        .iconColor(color)
        .target(target)
        .titleFormat(name)
        .textFormat(text),
    );
  }
  for (const [row, panels] of Object.entries(rows)) {
    builder.withRow(new RowBuilder(row));
    for (const panel of panels) builder.withPanel(panel);
  }
  const built = builder.build();
  for (const [index, panel] of (built.panels ?? []).entries()) panel.id = index + 1;
  return built;
}
