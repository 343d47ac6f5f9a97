/** What an environment's own Prometheus knows, as the page shows it; what `GET /api/environment` answers. Times are ISO 8601. */
export interface EnvironmentStatus {
  /** What fires, critical before warnings, then the newest. */
  alerts: readonly FiringAlert[];
  /** By model; without those of which nothing is known. */
  models: Readonly<Record<string, ModelNumbers>>;
  /** Null where the environment makes no backups. */
  backups: Backups | null;
  /** Null where it has no hours of sleep. */
  sleep: { sleeps: string | null; wakes: string | null } | null;
}

/** An alert that fires, in the words of its rule. */
export interface FiringAlert {
  name: string;
  severity: string;
  summary: string;
  since: string;
}

/** How a model has answered in the last five minutes. */
export interface ModelNumbers {
  /** Predictions per second. */
  rate: number;
  /** Seconds within which half of the predictions, and 99 of 100, were answered; null where there were none. */
  p50: number | null;
  p99: number | null;
  /** How many replicas serve each version. */
  replicas: Readonly<Record<string, number>>;
  /** The features that have moved most from training, by their population stability index (PSI), greatest first. */
  drift: readonly { feature: string; psi: number }[];
}

/** Each is null where nothing has told of it yet. */
interface Backups {
  made: string | null;
  /** When a restore of the newest backup was last proven. */
  proven: string | null;
}
