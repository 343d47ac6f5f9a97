/** The newest versions of a model, as the page shows them; what `GET /api/models/<name>/versions` answers. Times are ISO 8601. */
export interface ModelVersions {
  /** Newest first. */
  versions: readonly ModelVersion[];
  /** Whether there are older ones than these. */
  more: boolean;
}

/** One version, from its tags and its run. */
export interface ModelVersion {
  version: string;
  /** Sorted by name. */
  aliases: readonly string[];
  registered: string | null;
  /** Null where the run does not say. */
  commit: string | null;
  /** Why it was trained again; null where nobody had to have a reason. */
  reason: string | null;
  /** The version that it was made of, such as `churn/3`; null for one that training made. */
  adopted: string | null;
  /** When it became champion, oldest first, and by whom. */
  promotions: readonly { at: string; by: string }[];
  /** Null before a gate has judged it. */
  verdict: "promoted" | "rejected" | null;
  gate: GateVerdict | null;
  /** On the rows of the test, by name. */
  metrics: Readonly<Record<string, Metric>>;
  parameters: Readonly<Record<string, string>>;
  /** Where people read its run; null where they cannot reach it. */
  run: string | null;
}

/** A metric, and the ends of its interval where it has one. */
export interface Metric {
  value: number;
  low: number | null;
  high: number | null;
}

/** What the gate compared, and whether all of it passed. */
export interface GateVerdict {
  passed: boolean;
  /** Version of the champion that it was compared with; null without one. */
  champion: string | null;
  /** What numbers cannot say; empty where nothing is. */
  note: string;
  figures: readonly GateFigure[];
}

/** One metric against one limit: the model's own floor, or the champion with its allowance. */
export interface GateFigure {
  metric: string;
  rule: "floor" | "champion";
  value: number | null;
  limit: number | null;
  passed: boolean;
  /** Absent: on all rows. */
  slice?: string;
}
