import { LABEL_LENGTH, labelProblem } from "../../lib/object-names.ts";
import { type Rule, rule, when } from "./rule.ts";

/** The stack itself: its name, its namespace, and what is kept of it. */
export const stackRules: Rule[] = [
  // What reads a stack file puts the keys in its place.
  rule(["secretsFile"], ({ secretsFile }) =>
    when(
      secretsFile !== undefined,
      "secretsFile",
      "is for a stack file: a program of your own gives the component its secrets as arguments",
    ),
  ),

  rule([], (_, { project, stack }) =>
    when(
      labelProblem(`${project}-${stack}`) !== undefined,
      "stack",
      `'${stack}' names the environment ${project}-${stack}, a namespace and a label, which take ${LABEL_LENGTH} lower-case letters, ` +
        `digits and hyphens: name the stack with at most ${LABEL_LENGTH - project.length - 1} of them, such as team-a`,
    ),
  ),

  rule(["protect"], ({ protect }, { stack }) =>
    when(
      stack === "prod" && !protect,
      "protect",
      "must be true in prod: data would go with a 'destroy'",
    ),
  ),

  rule(["namespace"], ({ namespace }, { stack }) =>
    when(
      namespace !== undefined && stack === "sandbox",
      "namespace",
      "cannot be another's: 'npm run sandbox' makes and removes it. Remove the key, or deploy another stack there",
    ),
  ),

  rule(["namespace"], ({ namespace }, { stated }) =>
    when(
      namespace !== undefined && stated.includes("quota"),
      "quota",
      "is for its owner to set in a namespace that exists: remove it, or 'namespace'",
    ),
  ),
];
