import { join } from "node:path";
import { ownGoProgram, run, runs } from "../lib/cached-programs.ts";
import type { Problem, Validator } from "./problem.ts";

/** The evaluator that the API server itself runs, at level *restricted*. */
export const podSecurity: Validator = {
  name: "the restricted Pod Security Standard",
  missing: () => (runs("go", "version") ? undefined : "no Go; install it to build the evaluator"),
  check: (files) => {
    const program = ownGoProgram(join(import.meta.dirname, "podsecurity"));
    return JSON.parse(run(program, files)) as Problem[];
  },
};
