import type { WatchedDatabase } from "../postgres.ts";
import { TEST } from "./alertmanager-config.ts";
import { type WatchedBackups, backupRules } from "./backup-rules.ts";
import { PREDICTIONS, burnRateRules } from "./burn-rate.ts";
import { endpointRules } from "./endpoint-rules.ts";
import { type WatchedModel, liveRules } from "./live-rules.ts";
import { operated } from "./operated-rules.ts";
import { type WatchedKind, storeRules } from "./store-rules.ts";

/** An API as the rules see it. */
export interface Watched {
  /** Scrape job, which is also the Service's name. */
  job: string;
  /** Most replicas that its autoscaler makes. */
  maxReplicas: number;
}

/** A rule in Prometheus' own shape. */
export interface Rule {
  alert: string;
  expr: string;
  for: string;
  labels: { severity: "critical" | "warning"; job?: string; volume?: string; namespace?: string };
  annotations: { summary: string; description: string };
  /** Whether it fires where nobody tells of anything, as while all sleeps. @default it does not */
  absence?: true;
}

/** A rule that says where its runbook is. */
type Alert = Omit<Rule, "absence"> & { annotations: { runbook: string } };

/** What there is to be alerted of. */
export interface AlertRulesArgs {
  apis: readonly Watched[];
  /** @default there are none */
  backups?: WatchedBackups | undefined;
  /** Postgres, and the size of its volume, where that is known. @default it is not watched */
  database?: Pick<WatchedDatabase, "kind" | "size"> | undefined;
  /** Which object store of ours is watched. @default none */
  objectStore?: WatchedKind | undefined;
  /** Models whose predictions are judged, or that answer in batches. @default there are none */
  live?: readonly WatchedModel[] | undefined;
  /** Whether the hosts are asked as callers do. @default false */
  endpoint?: boolean;
  /** Whether the environment sleeps by a schedule. @default false */
  sleeps?: boolean;
  /** Whether an Alertmanager of ours tells people. @default false */
  told?: boolean;
  /** Namespace of the environment, where a Prometheus that watches others too evaluates the rules. @default it is our own */
  operated?: string | undefined;
}

/**
 * The alert rules in Prometheus' own shape: what a person must know about, what to do first, and where in
 * docs/runbooks/alerts.md the rest stands.
 */
export function alertRules(args: AlertRulesArgs): { groups: { name: string; rules: Alert[] }[] } {
  const { apis, backups, endpoint = false, sleeps = false, told = false } = args;
  const { live = [], operated: namespace } = args;
  const rules = [
    ...apis.flatMap(perApi),
    ...burnRateRules(),
    ...forAll,
    ...liveRules(live),
    ...(backups ? backupRules(backups) : []),
    ...storeRules(args),
    ...(endpoint ? endpointRules() : []),
    ...(sleeps ? ofSleep : []),
    ...(told ? ofTelling : []),
  ].map((rule) => {
    const fitting = namespace === undefined ? { ...rule } : operated(rule, namespace);
    delete fitting.absence;
    const runbook = `docs/runbooks/alerts.md#${rule.alert.toLowerCase()}`;
    return { ...fitting, annotations: { ...rule.annotations, runbook } };
  });
  return { groups: [{ name: "slipway", rules }] };
}

const ofSleep: Rule[] = [
  {
    alert: "SleepOverdue",
    expr: "max(slipway_environment_overdue_seconds) > 3600",
    for: "5m",
    labels: { severity: "warning" },
    annotations: {
      summary: "The environment should have fallen asleep or woken an hour ago",
      description:
        "What it waits for: kubectl logs deployment/sleep-schedule, or GET /environment of its Service.",
    },
  },
];

const ofTelling: Rule[] = [
  {
    alert: "AlertsNotDelivered",
    expr: "sum by (integration) (increase(alertmanager_notifications_failed_total[15m])) > 0",
    for: "5m",
    labels: { severity: "critical" },
    annotations: {
      summary: "Alerts by {{ $labels.integration }} do not arrive",
      description: "Alertmanager's log says why: kubectl logs statefulset/alertmanager",
    },
  },
  {
    alert: TEST,
    // `npm run alert-test` pushes the time.
    expr: "time() - max(slipway_alert_test_timestamp_seconds) < 300",
    for: "0s",
    labels: { severity: "critical" },
    annotations: {
      summary: "A test: whoever reads this is told of alerts",
      description: "npm run alert-test was run. There is nothing to do.",
    },
  },
];

function perApi({ job, maxReplicas }: Watched): Rule[] {
  return [
    {
      alert: "PredictionApiDown",
      // A pod without a model answers the scrape, so `up` would not do; also true when no pod is left.
      expr: `(sum(slipway_model_info{job="${job}"}) or vector(0)) == 0`,
      absence: true,
      for: "2m",
      // Without the name, two APIs would raise one and the same alert.
      labels: { severity: "critical", job },
      annotations: {
        summary: `No replica of ${job} has a model to answer with`,
        description: `Look at its pods: kubectl describe pods -l app.kubernetes.io/name=${job}`,
      },
    },
    {
      alert: "AutoscalerAtMaximum",
      expr: `sum(up{job="${job}"}) >= ${maxReplicas}`,
      for: "15m",
      labels: { severity: "warning", job },
      annotations: {
        summary: `${job} has run with all of its ${maxReplicas} replicas for 15 minutes`,
        description: "More load will be refused: raise models[].replicas.max, or the CPU request.",
      },
    },
  ];
}

const forAll: Rule[] = [
  {
    alert: "TrainingFailed",
    expr: 'max by (model) (slipway_training_outcome{outcome="failed"}) == 1',
    for: "0s",
    labels: { severity: "warning" },
    annotations: {
      summary: "The last training of {{ $labels.model }} failed",
      description:
        "The champion keeps serving. Read why: kubectl logs -l app.kubernetes.io/component=training --tail=50",
    },
  },
  {
    alert: "TrainingRejected",
    expr: 'max by (model) (slipway_training_outcome{outcome="rejected"}) == 1',
    for: "0s",
    labels: { severity: "warning" },
    annotations: {
      summary: "The gate rejected the last version of {{ $labels.model }}",
      description: "The champion keeps serving. The version's tags in MLflow say why.",
    },
  },
  {
    alert: "PredictionApiSlow",
    expr: `histogram_quantile(0.99, sum by (job, le) (rate(slipway_http_request_duration_seconds_bucket{${PREDICTIONS}}[5m]))) > 0.5`,
    for: "10m",
    labels: { severity: "warning" },
    annotations: {
      summary: "One prediction in a hundred by {{ $labels.job }} takes longer than half a second",
      description: "Compare CPU use with the request; large batches belong in several requests.",
    },
  },
  {
    alert: "FeatureDrift",
    expr: "max by (job, model, feature) (slipway_feature_drift_psi) > 0.2",
    for: "15m",
    labels: { severity: "warning" },
    annotations: {
      summary:
        "{{ $labels.feature }} of {{ $labels.model }} no longer looks like the training data",
      description:
        "Population stability index above 0.2 over the last hour: check the source, then train on newer data.",
    },
  },
  {
    alert: "ModelRefused",
    expr: 'sum by (job, reason) (increase(slipway_model_load_failures_total{reason!="unavailable"}[15m])) > 0',
    for: "0m",
    labels: { severity: "critical" },
    annotations: {
      summary: "{{ $labels.job }} refused a new model version ({{ $labels.reason }})",
      description:
        "The old version keeps serving. Move the alias back, or register a sound package.",
    },
  },
  {
    alert: "ModelFallback",
    expr: "max by (job) (slipway_model_fallback) == 1",
    for: "1m",
    labels: { severity: "critical" },
    annotations: {
      summary: "{{ $labels.job }} has started with another version than the champion",
      description:
        "Its /health says which, and why: move the alias to a version that can be served, or bring the registry back.",
    },
  },
  {
    alert: "RegistryUnreachable",
    expr: "min by (job) (slipway_registry_up) == 0",
    for: "10m",
    labels: { severity: "warning" },
    annotations: {
      summary: "{{ $labels.job }} has not reached the model registry for 10 minutes",
      description:
        "Predictions go on, but a new champion is not noticed. Look at the Deployment mlflow.",
    },
  },
];
