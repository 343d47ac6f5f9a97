import { upOrDown } from "./pod.ts";

/** `nobody`, as in the official images of Prometheus' makers. */
export const NOBODY = 65534;

/** The probes of Prometheus and its kin: all answer at the same paths. @param startup how long a start may take. */
export function kinProbes(startup: { periodSeconds: number; failureThreshold: number }) {
  return upOrDown("/-/ready", startup, "/-/healthy");
}
