/**
 * ConfigMap that marks an environment in a namespace that is not its own: it says which one is there
 * (key `instance`), and has the annotations that its own namespace would have. One name for all, so
 * that there is room for one.
 */
export const ENVIRONMENT_MARKER = "slipway";

/** Annotation of the marker of an environment that sleeps, or is falling asleep or waking: since when. */
export const ASLEEP = "slipway/asleep-since";

/** Annotation of a schedule's ConfigMap: its plan, as JSON. */
export const PLAN = "slipway/sleep-plan";

/** Annotation of the same: a command is at work, so the schedule lets nothing sleep before then. */
export const HELD = "slipway/awake-until";
