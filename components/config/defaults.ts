import { model } from "./models.ts";
import { schema } from "./schema.ts";

const { training } = model.shape;
const { ui, mlflow, images } = schema.shape;

/** The schema's defaults, for components that are used by themselves. */
export const defaults = {
  /** Images of others. */
  images: images.parse(undefined),
  /** CPU and memory of a workload. */
  resources: {
    api: model.shape.resources.parse(undefined),
    training: training.parse(undefined).resources,
    ui: ui.parse(undefined).resources,
    mlflow: mlflow.parse(undefined).resources,
  },
};
