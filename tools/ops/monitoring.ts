import { table } from "../lib/table.ts";
import { askTraining } from "../lib/training-command.ts";

/** What `python -m training monitor --champion` prints, see training/src/training/monitoring/command.py. */
export interface Monitored {
  model: string;
  version: string;
  /** Days of UTC whose predictions were looked at. */
  days: string[];
  rows: number;
  /** Whether days had more predictions than are read. */
  sampled: boolean;
  /** Files that are none of the log. */
  damaged: string[];
  features: Record<string, FeatureDrift>;
  /** Features that the log leaves out. */
  not_kept: string[];
  /** Of the answers, against those of the test split; null where the package does not know these. */
  prediction: (FeatureDrift & { of: "number" | "probability" | "class" }) | null;
  quality: Quality | null;
  note: string;
  /** Metrics of the version's test split, by name. */
  training: Record<string, number>;
  /** Where it is kept, below the log. */
  file: string;
}

interface FeatureDrift {
  /** In files that have the feature. */
  rows: number;
  psi: number;
  chi2: number;
  p_value: number;
  /** Shares of the rows. */
  missing: number;
  missing_in_training: number;
  /** Null of what is no category. */
  unknown: number | null;
  verdict: "calm" | "moderate" | "shifted";
}

interface Quality {
  labelled: number;
  labels: number;
  replaced: number;
  other_class: number;
  elsewhere: number;
  /** Predictions whose request came again under the same id. */
  repeated: number;
  metrics: Record<string, { value: number | null; low: number | null; high: number | null }>;
  note: string;
}

/** How many predictions are looked at, and which are deleted. */
export interface Reach {
  /** Rows after which no older day is read. */
  rows?: string | undefined;
  /** Days with predictions that are read at most. */
  days?: string | undefined;
  /** Days that the model's log, labels and results are kept; older ones are deleted. */
  keepDays?: string | undefined;
  /** Whether also what came later than its day is deleted, as by a restore. */
  byDay?: boolean | undefined;
  /** Options that name a table of labels. @default those that came */
  labels?: readonly string[];
}

/**
 * Judges the champion of a model by the prediction log; training keeps what it finds beside the log and in MLflow.
 *
 * @param env by which it reaches both. @throws Failure where training says what is wrong.
 */
export async function monitor(
  model: string,
  { rows, days, keepDays, byDay = false, labels = [] }: Reach,
  env: Record<string, string>,
): Promise<Monitored> {
  const given = { rows, days, "keep-days": keepDays };
  const limits = [
    ...Object.entries(given).flatMap(([name, text]) => (text ? [`--${name}`, text] : [])),
    ...(byDay ? ["--by-day"] : []),
    ...labels,
  ];
  return await askTraining<Monitored>(["monitor", "--model", model, "--champion", ...limits], env);
}

/** For people. */
export function monitoredText(found: Monitored): string {
  const { model, version, days, rows, sampled, note, quality, damaged, training } = found;
  const { not_kept: notKept } = found;
  const [first = "", last = ""] = [days[0], days.at(-1)];
  const when = first === last ? `of ${first}` : `from ${first} to ${last}`;
  const lines = [
    `${model}, version ${version}: ${rows} predictions${rows > 0 ? ` ${when} (UTC)` : ""}`,
    ...(note === "" ? [] : [note]),
    ...(sampled ? ["there were more of them: files were drawn"] : []),
    ...driftLines(found),
    ...(notKept.length > 0 ? [`not in the log: ${notKept.join(", ")}`] : []),
    ...(quality === null ? [] : qualityLines(quality, training)),
    ...damaged.map((file) => `${file} is no whole file of the log, and was left out`),
  ];
  return lines.join("\n");
}

const ANSWERS = { number: "the answers", probability: "the probability", class: "the classes" };

function driftLines({ features, prediction, rows: predictions }: Monitored): string[] {
  const all = Object.entries(features).sort(([, one], [, other]) => other.psi - one.psi);
  if (all.length === 0) return [];
  const answers =
    prediction === null
      ? "drift of the predictions: not known of this version; one that is trained anew knows it"
      : `${ANSWERS[prediction.of]}: PSI ${prediction.psi.toFixed(3)}, ${prediction.verdict} (against the test split)`;
  const titles = ["FEATURE", "PSI", "DRIFT", "CHI-SQUARED", "P", "MISSING (TRAINING)", "UNKNOWN"];
  const rows = all.map(([name, one]) => [
    one.rows === predictions ? name : `${name} (${one.rows} rows)`,
    one.psi.toFixed(3),
    one.verdict,
    one.chi2.toFixed(1),
    one.p_value < 0.001 ? "<0.001" : one.p_value.toFixed(3),
    `${percent(one.missing)} (${percent(one.missing_in_training)})`,
    one.unknown === null ? "" : percent(one.unknown),
  ]);
  return ["", table([titles, ...rows]), answers];
}

function qualityLines(quality: Quality, trained: Record<string, number>): string[] {
  const { labelled, labels, replaced, elsewhere, repeated, metrics, note } = quality;
  const { other_class: other } = quality;
  const also = [
    replaced > 0 ? `${replaced} replaced by a later one` : "",
    other > 0 ? `${other} of a class that this version does not have` : "",
    repeated > 0 ? `${repeated} predictions came again under one id: the newest counts` : "",
    elsewhere > 0 ? `${elsewhere} of rows that are not among these` : "",
  ].filter((text) => text !== "");
  const counted = `${labels} labels${also.length > 0 ? ` (${also.join(", ")})` : ""}; ${labelled} of these predictions have one`;
  const rows = Object.entries(metrics).map(([name, { value, low, high }]) => [
    name,
    value?.toFixed(4) ?? "-",
    low === null || high === null ? "" : `${low.toFixed(4)} to ${high.toFixed(4)}`,
    trained[name]?.toFixed(4) ?? "-",
  ]);
  const titles = ["METRIC", "LIVE", "95 %", "TRAINING"];
  if (rows.length === 0) return ["", labels > 0 ? `${counted}; ${note}` : note];
  return ["", counted, table([titles, ...rows])];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
