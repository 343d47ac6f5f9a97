import { ALL_NODE_PORTS, NODE_PORTS } from "../../well-known.ts";
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
    models.flatMap(({ nodePort }, index) =>
      when(
        endpoint.kind === "nodePort" && models.length > 1 && nodePort === undefined,
        `models.${index}.nodePort`,
        `is missing: each of several models states its port, so that it keeps it when another is added, removed or moved, e.g. nodePort: ${NODE_PORTS.firstModel + index}`,
      ),
    ),
  ),

  rule(["models"], ({ models }) => {
    const ports = models.map(({ nodePort }) => nodePort);
    const others: (number | undefined)[] = [NODE_PORTS.mlflow, NODE_PORTS.ui];
    return ports.flatMap((port, index) =>
      when(
        port !== undefined && (others.includes(port) || ports.indexOf(port) !== index),
        `models.${index}.nodePort`,
        `(${String(port)}) is taken: ${NODE_PORTS.mlflow} is MLflow's, ${NODE_PORTS.ui} the page's, and each model needs its own`,
      ),
    );
  }),

  rule(["models", "endpoint", "cluster"], ({ models, endpoint, cluster }) =>
    models.flatMap(({ nodePort }, index) =>
      when(
        cluster === "local" &&
          endpoint.kind === "nodePort" &&
          nodePort !== undefined &&
          !ALL_NODE_PORTS.includes(nodePort),
        `models.${index}.nodePort`,
        `(${String(nodePort)}) is not open on a local cluster: choose one from ${NODE_PORTS.firstModel} to ${NODE_PORTS.ui - 1}`,
      ),
    ),
  ),
];
