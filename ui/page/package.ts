/** The public part of a model package (docs/model-package.md), as `GET /model` gives it. */
export interface ModelPackage {
  /** Registered model name. */
  name: string;
  version: string;
  title: string;
  description: string | null;
  license?: string;
  contact?: string;
  /** What it should not be used for, or does badly. */
  limitations?: string[];
  task: "binary" | "multiclass" | "regression";
  output: { name: string; type: "boolean" | "category" | "number"; unit: string | null };
  /** `sentence`: as it reads behind "the answer is that"; for all classes or none. */
  classes: { value: number | string; label: string; sentence?: string }[];
  /** Index into classes; binary only. */
  positive: number | null;
  risk_bands: RiskBand[];
  /** From which P(positive) on the positive class is answered; absent: from the higher probability on. */
  threshold?: number;
  /** How far to both sides of a number the share `coverage` of rows lies. */
  interval?: { coverage: number; half_width: number };
  features: Feature[];
  example: Record<string, string | number | boolean | null>;
  training: {
    git_sha: string;
    rows: { train: number; test: number };
    metrics: Record<string, number>;
    /** By how much the metric gets worse where a feature is shuffled; absent where not measured. */
    importance?: { metric: string; features: Record<string, { mean: number; std: number }> };
    /** Absent in older packages. */
    understanding?: Understanding;
  };
}

/** What the training took the data for, in words for people. */
export interface Understanding {
  columns: { name: string; type: string; reason: string; missing: number; notes: string[] }[];
  /** Columns that were left out. */
  dropped: string[];
  /** The balance of the classes or the spread of the numbers, and the positive class. */
  target: string[];
}

/** One input of the model. */
export interface Feature {
  name: string;
  title: string;
  description: string | null;
  type: "number" | "integer" | "boolean" | "category" | "text" | "datetime";
  unit: string | null;
  required: boolean;
  range: { min: number | null; max: number | null } | null;
  observed: { min: number; max: number; median: number } | null;
  categories: string[] | null;
  /** Whether a category beyond those is refused or scored as none of them. */
  unknown: "reject" | "accept";
  /** Most characters of a text. */
  max_length?: number;
  /** How often training saw what: between the ends of its bins, or each category. Absent from older APIs. */
  histogram?: { edges: number[]; counts: number[] } | { categories: string[]; counts: number[] };
  /** Of a datetime: whether its times have an offset, whether training saw times of day, and which; ISO 8601. */
  datetime?: { offset: boolean; time: boolean; min: string; max: string; median: string };
}

/** A named part of the scale of probabilities; `below` ascends and the last has null. */
export interface RiskBand {
  label: string;
  below: number | null;
  /** For all bands or none; absent: the first good, the last bad, as for a risk. */
  tone?: "good" | "caution" | "bad";
}

/** One answer of `/predict`: the output by its own name, and what the task adds to it. */
export interface Prediction {
  [output: string]: unknown;
  /** Null where the model has no number for a row, far from anything that it was trained on. */
  probability?: number | null;
  probabilities?: Record<string, number | null>;
  risk_level?: string | null;
  /** Where the true number of the share `coverage` of rows lies. */
  interval?: { low: number | null; high: number | null; coverage: number };
  model: { name: string; version: string };
}

/** What `/explain` says of one answer. */
export interface Explanation {
  prediction: Prediction;
  /** Whose probability `value` is; null: the answered number. */
  class: string | null;
  value: number | null;
  /** Its mean over rows like those of the training. */
  base: number | null;
  /** The largest first; with `base` they add up to `value`. `error` is the standard error of the sampling. */
  contributions: { feature: string; contribution: number | null; error: number | null }[];
  orders: number;
}

/** RFC 9457 problem document; `errors` carry an RFC 6901 pointer into the request. */
export interface Problem {
  title?: string;
  detail?: string;
  errors?: { path: string; detail: string }[];
}
