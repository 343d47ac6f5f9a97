import type { Feature, ModelPackage } from "../../page/package.ts";

/** A required number seen from `min` to `max` in training; give only what matters. */
export function feature(name: string, rest: Partial<Feature> = {}): Feature {
  return {
    name,
    title: name,
    description: null,
    type: "number",
    unit: null,
    required: true,
    range: null,
    observed: { min: 0, max: 100, median: 50 },
    categories: null,
    unknown: "reject",
    ...rest,
  };
}

const readings = ["Pregnancies", "Glucose", "BMI", "Pedigree"].map((name) => ({
  name,
  type: name === "Pregnancies" ? "integer" : "number",
  reason: name === "BMI" ? "stated" : "all values are numbers",
  missing: name === "Glucose" ? 5 : 0,
  notes: name === "Pregnancies" ? ["every row has the same value, 6"] : [],
}));

const training = {
  git_sha: "0123456789abcdef0123456789abcdef01234567",
  rows: { train: 614, test: 154 },
  metrics: { accuracy: 0.7792, auc_roc: 0.8209 },
};

/** What both models share. */
const bare: Omit<ModelPackage, "training"> = {
  name: "diabetes-model",
  version: "3",
  title: "Diabetes",
  description: "Onset of diabetes within five years.",
  task: "binary",
  output: { name: "has_diabetes", type: "boolean", unit: null },
  classes: [
    { value: 0, label: "no" },
    { value: 1, label: "yes" },
  ],
  positive: 1,
  risk_bands: [
    { label: "Faible", below: 0.3 },
    { label: "Modéré", below: 0.7 },
    { label: "Élevé", below: null },
  ],
  features: [
    feature("Pregnancies", {
      type: "integer",
      range: { min: 0, max: 20 },
      observed: { min: 0, max: 17, median: 3 },
    }),
    feature("Glucose", {
      unit: "mg/dL",
      description: "Two hours after an oral glucose tolerance test.",
      range: { min: 0, max: 300 },
      observed: { min: 44, max: 199, median: 117 },
    }),
    feature("BMI", { title: "Body mass index", unit: "kg/m²" }),
    feature("Pedigree", { observed: null }),
  ],
  example: { Pregnancies: 6, Glucose: 148, BMI: 33.6, Pedigree: 0.627 },
};

/** Binary with risk bands, all numbers; the last feature has no slider. */
export const diabetes: ModelPackage = {
  ...bare,
  contact: "data team",
  license: "apache-2.0",
  limitations: ["Children."],
  training: {
    ...training,
    importance: {
      metric: "auc_roc",
      features: { BMI: { mean: 0.0213, std: 0.01 }, Glucose: { mean: 0.1042, std: 0.02 } },
    },
    understanding: {
      columns: readings,
      dropped: ["patient"],
      target: ["classes 0 500 (65%), 1 268 (35%)", "the positive class is '1' (stated)"],
    },
  },
};

/** Several classes from a category, a boolean and an optional number; of an older training, with no understanding. */
export const titanic: ModelPackage = {
  ...bare,
  name: "titanic-model",
  version: "1",
  title: "Titanic",
  task: "multiclass",
  output: { name: "deck", type: "category", unit: null },
  classes: ["upper", "middle", "lower"].map((value) => ({ value, label: value })),
  positive: null,
  risk_bands: [],
  features: [
    feature("Sex", { type: "category", observed: null, categories: ["female", "male"] }),
    feature("Age", { unit: "years", required: false }),
    feature("Alone", { type: "boolean", observed: null }),
    feature("Port", {
      type: "category",
      observed: null,
      categories: ["C", "Q"],
      required: false,
      unknown: "accept",
    }),
  ],
  example: { Sex: "male", Age: 22, Alone: true, Port: null },
  training,
};
