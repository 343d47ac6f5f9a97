import { type ValueMap, MappingType } from "@grafana/grafana-foundation-sdk/dashboard";
import { PanelBuilder as TimelineBuilder } from "@grafana/grafana-foundation-sdk/statetimeline";
import { CERTIFICATE_LEFT, ENDING_DAYS, ENDPOINT_UP } from "../components/lib/endpoint-rules.ts";
import { STORE_METRICS, shareTaken } from "../components/lib/store-rules.ts";
import { dashboard } from "./dashboard.ts";
import { SOURCE, lines, stat, targets } from "./panels.ts";

const HOUR = 3600;

/** Outcomes of a training, each by its number in the panel. */
const OUTCOMES = { promoted: "green", unchanged: "blue", rejected: "yellow", failed: "red" };

const outcomes = Object.keys(OUTCOMES)
  .map((outcome, index) => `${index + 1} * slipway_training_outcome{outcome="${outcome}"}`)
  .join(" or ");
const named: ValueMap = {
  type: MappingType.ValueToText,
  options: Object.fromEntries(
    Object.entries(OUTCOMES).map(([text, color], index) => [index + 1, { text, color, index }]),
  ),
};

type Store = (typeof STORE_METRICS)[keyof typeof STORE_METRICS];
/** A query of each store's own metrics: a store of ours tells those of one. */
const either = (query: (store: Store) => string): string =>
  Object.values(STORE_METRICS).map(query).join(" or ");
const rate = (metric: string) => `sum(rate(${metric}[$__rate_interval]))`;

const age = (metric: string) => `time() - max(${metric})`;

const glance = [
  stat({
    title: "Age of the newest backup",
    description: "By default one is made every night, and the alert begins at 50 hours.",
    unit: "s",
    queries: { backup: age("slipway_backup_last_success_timestamp_seconds") },
    limits: [26 * HOUR, 50 * HOUR],
  }),
  stat({
    title: "Since a restore was proven",
    description: "By default a drill runs every Sunday, and the alert begins at 400 hours.",
    unit: "s",
    queries: { proven: age("slipway_restore_drill_last_success_timestamp_seconds") },
    limits: [8 * 24 * HOUR, 400 * HOUR],
  }),
  stat({
    title: "Models the last drill could not prove",
    description: "A restored champion did not answer as the live one.",
    unit: "short",
    queries: { failed: "max(slipway_restore_drill_failed_models)" },
    limits: [0.5, 1],
  }),
  stat({
    title: "Size of a backup",
    description: "What the newest one holds, before it is packed.",
    unit: "bytes",
    queries: { size: "max(slipway_backup_size_bytes)" },
  }),
  stat({
    title: "Time for a backup",
    description: "What the newest one took.",
    unit: "s",
    queries: { took: "max(slipway_backup_duration_seconds)" },
  }),
  stat({
    title: "Registry",
    description: "Whether every prediction API reaches MLflow: 1, or 0 where one does not.",
    unit: "short",
    queries: { reached: 'min(slipway_registry_up{job=~"$job"})' },
    limits: [1, 0.5],
  }),
];

const trainings = [
  new TimelineBuilder()
    .title("Gate verdicts")
    .description("How each model's last training ended.")
    .datasource(SOURCE)
    .span(16)
    .height(8)
    .mappings([named])
    .targets(targets({ "{{model}}": `max by (model) (${outcomes})` }, (target) => target.range())),
  lines({
    title: "Since the last training",
    description: "Of each model; a training that was killed tells nobody.",
    unit: "s",
    queries: {
      "{{model}}": "time() - max by (model) (slipway_training_last_run_timestamp_seconds)",
    },
  }),
];

const endpoint = [
  lines({
    title: "Answers",
    description:
      "1 where a host answers a caller who checks its certificate, else 0: with slipway:endpoint.addresses.",
    unit: "short",
    queries: { "{{instance}}": ENDPOINT_UP },
    limits: [1, 0.5],
  }),
  lines({
    title: "Certificates",
    description: "How long each is good for; alerts begin at 14 and 7 days.",
    unit: "s",
    queries: { "{{instance}}": CERTIFICATE_LEFT },
    limits: [ENDING_DAYS.warning * 24 * HOUR, ENDING_DAYS.critical * 24 * HOUR],
  }),
  lines({
    title: "Time to answer",
    description: "Name, connection, TLS and answer, as a caller in the cluster has them.",
    unit: "s",
    queries: { "{{instance}}": 'max by (instance) (probe_duration_seconds{job="endpoint"})' },
  }),
];

const database = [
  lines({
    title: "Connections",
    description: "Of all clients of Postgres, and how many it takes.",
    unit: "short",
    queries: {
      // Not pg_stat_activity_count, which only a member of pg_monitor sees of others.
      connected: "sum(pg_stat_database_numbackends)",
      "at most": "max(pg_settings_max_connections)",
    },
  }),
  lines({
    title: "Transactions",
    description: "Per second, by how they end.",
    unit: "ops",
    queries: {
      committed: "sum(rate(pg_stat_database_xact_commit[$__rate_interval]))",
      "rolled back": "sum(rate(pg_stat_database_xact_rollback[$__rate_interval]))",
    },
  }),
  lines({
    title: "Longest transaction",
    description:
      "Of any client, or of MLflow where the server is not our own; minutes are a client that hangs and holds its locks.",
    unit: "s",
    queries: { longest: "max(pg_stat_activity_max_tx_duration)" },
    limits: [60, 300],
  }),
];

const objectStore = [
  lines({
    title: "Traffic",
    description: "Bytes per second that our object store takes and gives.",
    unit: "Bps",
    queries: {
      taken: either(({ received }) => rate(received)),
      given: either(({ sent }) => rate(sent)),
    },
  }),
  lines({
    title: "Requests under way",
    description: "Which our object store has not answered yet.",
    unit: "short",
    queries: { "under way": either(({ underWay }) => `sum(${underWay})`) },
  }),
  lines({
    title: "Health",
    description: "1 where our object store and Postgres are well, else 0.",
    unit: "short",
    queries: {
      "object store": either(({ health }) => `max(${health})`),
      Postgres: "max(pg_up)",
    },
    limits: [1, 0.5],
  }),
];

const volumes = [
  lines({
    title: "Data of Postgres",
    description:
      "And what the log may take beside them; the alert goes by the volume's size, where that is known.",
    unit: "bytes",
    queries: {
      "{{datname}}": "max by (datname) (pg_database_size_bytes)",
      log: "max(pg_settings_max_wal_size_bytes)",
    },
  }),
  ...[
    ["object store", either(({ free, all }) => shareTaken(free, all))],
    [
      "backup-data",
      shareTaken("slipway_backup_volume_free_bytes", "slipway_backup_volume_size_bytes"),
    ],
  ].map(([title = "", query = ""]) =>
    lines({
      title,
      description: "Share that is taken; nothing can be written once it is full.",
      unit: "percentunit",
      queries: { taken: query },
      limits: [0.8, 0.9],
    }),
  ),
];

/** What the prediction APIs stand on, on one page. */
export const platformDashboard = dashboard(
  "slipway-platform",
  "Slipway: platform",
  {
    "At a glance": glance,
    Trainings: trainings,
    Endpoint: endpoint,
    Postgres: database,
    "Object store": objectStore,
    Volumes: volumes,
  },
  [
    {
      name: "Training",
      expr: "time() - max by (model) (slipway_training_last_run_timestamp_seconds) < 60",
      text: "{{model}}",
      color: "blue",
    },
  ],
);
