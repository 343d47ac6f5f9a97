import assert from "node:assert/strict";
import type { Rule, alertRules } from "../../components/lib/alert-rules.ts";
import { toYaml } from "../../components/lib/yaml.ts";
import { promtool } from "../../tools/validate/promtool.ts";

/** One line of a rule test: a series and its values, one every 15 seconds. */
export type Series = Record<string, string>;

/** Tests these rules: what promtool says of an alert that must be firing after `minutes`, or quiet when `labels` is absent. */
export function alertTestOf(rules: ReturnType<typeof alertRules>) {
  return (
    alert: string,
    series: Series,
    minutes: number,
    labels?: object,
    own: Partial<Rule["labels"]> = {},
  ): string => {
    const rule = rules.groups[0]?.rules.find(
      (one) =>
        one.alert === alert &&
        one.labels.volume === own.volume &&
        [undefined, one.labels.severity].includes(own.severity),
    );
    assert.ok(rule, `no alert ${alert}`);
    const summary = rule.annotations.summary.replaceAll(
      /\{\{ \$labels\.(\w+) \}\}/g,
      (_, name: string) => String((labels as Record<string, string> | undefined)?.[name]),
    );
    const firing = {
      exp_labels: { ...rule.labels, ...labels },
      exp_annotations: { ...rule.annotations, summary },
    };
    const test = {
      rule_files: ["rules.yml"],
      evaluation_interval: "15s",
      tests: [
        {
          interval: "15s",
          input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
          alert_rule_test: [
            { eval_time: `${minutes}m`, alertname: alert, exp_alerts: labels ? [firing] : [] },
          ],
        },
      ],
    };
    // Alone, as hours of all others take minutes to evaluate.
    const alone = { groups: [{ name: "slipway", rules: [rule] }] };
    const files = { "rules.yml": toYaml(alone), "test.yml": toYaml(test) };
    return promtool(["test", "rules", "test.yml"], files);
  };
}
