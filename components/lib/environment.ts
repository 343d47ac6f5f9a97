/**
 * ConfigMap that stands for an environment in a namespace that is not its own: it says which one is
 * there (key `instance`), and bears the marks that its own namespace would. One name for all, so that
 * there is room for one.
 */
export const STAND_IN = "slipway";
