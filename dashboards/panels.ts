import {
  BigValueColorMode,
  BigValueGraphMode,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  VizLegendOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import type { BigValueTextMode } from "@grafana/grafana-foundation-sdk/common";
import { ThresholdsConfigBuilder, ThresholdsMode } from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as StatBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as LinesBuilder } from "@grafana/grafana-foundation-sdk/timeseries";
import { DATA_SOURCE } from "../components/well-known.ts";

/** Our Prometheus, as Grafana refers to it. */
export const SOURCE = { type: "prometheus", uid: DATA_SOURCE };

/** What every panel has. */
interface Panel {
  title: string;
  /** What it means and when to worry. */
  description: string;
  /** Grafana unit, e.g. `s`, `reqps`, `percentunit`. */
  unit: string;
  /** Name of each line, e.g. `{{feature}}`, with its PromQL. */
  queries: Record<string, string>;
  /** Values from which on it is yellow, and red; the other way round where the first is greater. @default always green */
  limits?: readonly [yellow: number, red: number];
  /** Whether a value may be below 0. @default false */
  below?: boolean;
}

/** Lines over time; the limits are drawn as dashed lines. */
export function lines(args: Panel): LinesBuilder {
  const { title, description, unit, queries, limits, below = false } = args;
  const builder = new LinesBuilder()
    .title(title)
    .description(description)
    .datasource(SOURCE)
    .unit(unit);
  const panel = (below ? builder.axisSoftMin(0) : builder.min(0))
    .span(8)
    .height(8)
    .legend(
      new VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .calcs([]),
    )
    .targets(targets(queries, (target) => target.range()));
  if (limits === undefined) return panel;
  const dashed = new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed);
  return panel.thresholds(thresholds(limits)).thresholdsStyle(dashed);
}

/** The last figure in large; what has none says so. */
export function stat(panel: Panel, text?: BigValueTextMode): StatBuilder {
  const { title, description, unit, queries, limits } = panel;
  const built = new StatBuilder()
    .title(title)
    .description(description)
    .datasource(SOURCE)
    .unit(unit)
    .span(4)
    .height(4)
    .noValue("none yet")
    .graphMode(BigValueGraphMode.None)
    .colorMode(BigValueColorMode.Value)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(["lastNotNull"]).values(false))
    .thresholds(thresholds(limits))
    .targets(targets(queries, (target) => target.instant()));
  return text === undefined ? built : built.textMode(text);
}

/** One Prometheus query a line; a panel without a letter for each shows the last one alone. */
export function targets(
  queries: Panel["queries"],
  asked: (target: DataqueryBuilder) => DataqueryBuilder,
): DataqueryBuilder[] {
  return Object.entries(queries).map(([legend, expr], index) =>
    asked(
      new DataqueryBuilder()
        .refId(String.fromCharCode("A".charCodeAt(0) + index))
        .datasource(SOURCE)
        .expr(expr)
        .legendFormat(legend),
    ),
  );
}

function thresholds(limits: Panel["limits"]): ThresholdsConfigBuilder {
  const [yellow, red] = limits ?? [];
  const steps =
    yellow === undefined || red === undefined
      ? [{ value: null, color: "green" }]
      : yellow < red
        ? [
            { value: null, color: "green" },
            { value: yellow, color: "yellow" },
            { value: red, color: "red" },
          ]
        : [
            { value: null, color: "red" },
            { value: red, color: "yellow" },
            { value: yellow, color: "green" },
          ];
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps);
}
