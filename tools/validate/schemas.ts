import { join } from "node:path";
import { pythonPackages, run, runs } from "../lib/cached-programs.ts";
import type { Problem, Validator } from "./problem.ts";

const FOLDER = import.meta.dirname;

/** Kubernetes versions that Slipway supports. */
export const KUBERNETES_VERSIONS = ["1.33", "1.34", "1.35", "1.36", "1.37"];

/** Kubernetes' own OpenAPI schemas, strict: an unknown field is an error. */
export const schemas: Validator = {
  name: `the Kubernetes schemas ${KUBERNETES_VERSIONS.join(", ")}`,
  missing: () =>
    runs("python3", "-m", "pip", "--version") ? undefined : "no python3 with pip; install both",
  check: (files) => {
    const packages = pythonPackages(join(FOLDER, "schemas.lock"));
    const args = [join(FOLDER, "schemas.py"), KUBERNETES_VERSIONS.join(","), ...files];
    return JSON.parse(run("python3", args, { PYTHONPATH: packages })) as Problem[];
  },
};
