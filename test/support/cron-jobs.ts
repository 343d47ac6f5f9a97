import type { Manifest } from "../../tools/lib/program/manifests.ts";
import { at, environment } from "./evaluation.ts";

/** The pod that a CronJob makes. */
export const podOf = (cronJob: Manifest) =>
  at(cronJob, "spec.jobTemplate.spec.template") as Manifest;
/** Arguments of its first container. */
export const argsOf = (cronJob: Manifest) =>
  at(podOf(cronJob), "spec.containers.0.args") as (string | object)[];
/** Variables of its first container, as `environment` gives them. */
export const variablesOf = (cronJob: Manifest) =>
  environment(at(cronJob, "spec.jobTemplate") as Manifest);
