import { kubeScore } from "./kube-score.ts";
import { podSecurity } from "./pod-security.ts";
import type { Validator } from "./problem.ts";
import { schemas } from "./schemas.ts";

/** Everything that rendered objects must pass. */
export const VALIDATORS: Validator[] = [schemas, podSecurity, kubeScore];
