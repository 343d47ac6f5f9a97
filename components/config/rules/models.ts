import { MODELS_ON_NODE_PORTS } from "../../well-known.ts";
import { type Rule, rule, when } from "./rule.ts";

/** The models and their files. */
export const modelRules: Rule[] = [
  rule([], (_, { models }) =>
    models.flatMap(({ index, problem }) =>
      problem === undefined ? [] : [{ path: `models.${index}.file`, message: problem }],
    ),
  ),

  rule([], (_, { models }) => {
    const names = models.map(({ file }) => file?.name);
    return models.flatMap(({ index, file }, position) =>
      when(
        file !== undefined && names.indexOf(file.name) !== position,
        `models.${index}.file`,
        `names the model '${file?.name ?? ""}' a second time: remove it, or give its YAML another name`,
      ),
    );
  }),

  rule(["models", "endpoint"], ({ models, endpoint }) =>
    when(
      endpoint.kind === "nodePort" && models.length > MODELS_ON_NODE_PORTS,
      "endpoint.kind",
      `nodePort has ports for ${MODELS_ON_NODE_PORTS} models, not for ${models.length}: choose ingress or gateway`,
    ),
  ),
];
