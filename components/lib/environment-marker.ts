/**
 * ConfigMap that marks an environment in a namespace that is not its own: it says which one is there
 * (key `instance`), and has the annotations that its own namespace would have. One name for all, so
 * that there is room for one.
 */
export const ENVIRONMENT_MARKER = "slipway";

/** Annotation of the marker of an environment that sleeps, or is falling asleep or waking: since when. */
export const ASLEEP = "slipway/asleep-since";
