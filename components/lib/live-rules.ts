import type { Rule } from "./alert-rules.ts";
import { batchName, monitorName } from "../well-known.ts";
import { graceOf, lateAfter } from "./schedule-gap.ts";

/** A model whose predictions are judged, or that answers rows in batches. */
export interface WatchedModel {
  /** Registered model name. */
  model: string;
  /** When its predictions are judged, as cron. @default they are not kept */
  capture?: { schedule: string } | undefined;
  /** What is answered all at once, and when, as cron. */
  batch: readonly { name: string; schedule: string }[];
}

/**
 * What tells of models whose answers or callers have changed, and of Jobs that should have looked or answered. Each rule names its
 * model: the Pushgateway goes on telling of one that a stack has no longer.
 */
export function liveRules(models: readonly WatchedModel[]): Rule[] {
  return models.flatMap(({ model, capture, batch }) => [
    ...(capture ? judged(model, capture.schedule) : []),
    ...batch.flatMap(({ name, schedule }) => answered(model, name, schedule)),
  ]);
}

function judged(model: string, schedule: string): Rule[] {
  const of = `{model="${model}"}`;
  const labels = { severity: "warning" } as const;
  return [
    {
      alert: "LiveDrift",
      // The Job counts what neither few rows nor chance explains.
      expr: `sum by (model) (slipway_monitoring_shifted${of}) > 0`,
      for: "0s",
      labels,
      annotations: {
        summary: `What ${model} is asked, or answers, has shifted from its training`,
        description: `Which features, and how far: npm run monitor -- --stack NAME --model ${model}`,
      },
    },
    {
      alert: "LiveMetricWorse",
      expr: `max by (model, metric) (slipway_live_metric_worse${of}) == 1`,
      for: "0s",
      labels,
      annotations: {
        summary: `By labels {{ $labels.metric }} of ${model} is worse than on the test split`,
        description: `Both with their intervals: npm run monitor -- --stack NAME --model ${model}`,
      },
    },
    {
      alert: "RetentionFailed",
      expr: `max by (model) (slipway_monitoring_deletion_failed${of}) == 1`,
      // Of a store that was away for a moment the next run tells.
      for: minutes(graceOf(schedule)),
      labels,
      annotations: {
        summary: `Predictions of ${model} that are too old are not deleted`,
        description: `Read why: kubectl logs -l app.kubernetes.io/name=${monitorName(model)} --tail=50`,
      },
    },
    ...told({
      alert: "Monitoring",
      when: `slipway_monitoring_last_run_timestamp_seconds${of}`,
      by: "model",
      schedule,
      summary: `No monitoring of ${model} has succeeded`,
      name: monitorName(model),
    }),
  ];
}

function answered(model: string, batch: string, schedule: string): Rule[] {
  const of = `model="${model}",batch="${batch}"`;
  const name = batchName(model, batch);
  return [
    {
      alert: "BatchFailed",
      expr: `max by (model, batch) (slipway_batch_outcome{${of},outcome=~"failed|refused"}) == 1`,
      for: "0s",
      labels: { severity: "warning" },
      annotations: {
        summary: `The last batch ${batch} of ${model} failed, or each of its rows was refused`,
        description: `Read why: kubectl logs -l app.kubernetes.io/name=${name} --tail=50`,
      },
    },
    ...told({
      alert: "Batch",
      when: `slipway_batch_last_run_timestamp_seconds{${of}}`,
      by: "model, batch",
      schedule,
      summary: `No batch ${batch} of ${model} has ended`,
      name,
    }),
  ];
}

interface Scheduled {
  /** First part of the alerts' names. */
  alert: string;
  /** What says when it last did. */
  when: string;
  by: string;
  schedule: string;
  /** What has not happened. */
  summary: string;
  /** Of its CronJob. */
  name: string;
}

/** The last one is too old, or none has told of itself for as long. */
function told({ alert, when, by, schedule, summary, name }: Scheduled): Rule[] {
  const late = lateAfter(schedule);
  const labels = { severity: "warning" } as const;
  const description = `Look at its last Jobs: kubectl get jobs -l app.kubernetes.io/name=${name}`;
  return [
    {
      alert: `${alert}TooOld`,
      expr: `time() - max by (${by}) (${when}) > ${late}`,
      for: "5m",
      labels,
      annotations: { summary: `${summary} for longer than its schedule allows`, description },
    },
    {
      alert: `${alert}Unknown`,
      // A new stack's first one, or the first after the gateway started anew, comes by the schedule too.
      expr: `absent(${when})`,
      absence: true,
      for: minutes(late),
      labels,
      annotations: { summary: `${summary} since the gateway started`, description },
    },
  ];
}

const minutes = (seconds: number): string => `${Math.ceil(seconds / 60)}m`;
