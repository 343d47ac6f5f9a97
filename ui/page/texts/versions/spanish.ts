import type { VersionTexts } from "./english.ts";

/** What the view of a model's versions says, in Spanish. */
export const SPANISH_VERSIONS: VersionTexts = {
  versionsOf: (model) => `Versiones de ${model}`,
  askingMlflow: "Preguntando a MLflow…",
  noVersion: "Aún no hay ninguna versión registrada: el primer entrenamiento crea una.",
  noMlflow:
    "Las versiones de un modelo aparecen aquí cuando el servidor de la página conoce un MLflow: MLFLOW_TRACKING_URI.",
  olderVersions: "Mostrar versiones anteriores",
  toForm: "Al formulario",
  registered: "Entrenada",
  whyTrained: "Por qué",
  trainedBecause: (reason) => `Por qué se entrenó: ${reason}`,
  firstOrChanged: "nueva, o cambió su YAML, su código o sus datos",
  madeOf: (version) => `hecha de ${version}`,
  gate: "Control",
  verdicts: { promoted: "superado", rejected: "rechazada" },
  notJudged: "aún sin juzgar",
  showVersion: (version) => `Mostrar la versión ${version}`,
  fromLowToHigh: (low, high) => `${low} a ${high}`,
  runInMlflow: "Ejecución en MLflow",

  oneVersion: (version) => `Versión ${version}`,
  gatePassed: (count) =>
    `El control la dejó pasar: ${count === 1 ? "la única comparación se cumple" : `las ${count} comparaciones se cumplen`}.`,
  gateRejected: (failed, count) =>
    `El control la rechazó: no se ${failed === 1 ? "cumple" : "cumplen"} ${failed} de ${count} comparaciones.`,
  gateUnknown: "No se conoce ningún veredicto de un control.",
  gateNote: (note) => `El control anota: ${note}`,
  metric: "Métrica",
  thisVersion: "Esta versión",
  comparedWith: "Comparada con",
  itsFloor: "el mínimo de su YAML",
  championVersion: (version, value) =>
    `la campeona, versión ${version}${value === "" ? "" : `: ${value}`}`,
  allowed: "Permitido",
  onSlice: (metric, slice) => `${metric} de ${slice}`,
  holds: "se cumple",
  fails: "no se cumple",
  becameChampion: (moment, by) => `Pasó a ser campeona el ${moment}, por ${by}`,
  plots: "Gráficos",
  noPlots: "Su ejecución no tiene gráficos.",
  plotNames: {
    "confusion-matrix": "Matriz de confusión",
    roc: "Curva ROC",
    "precision-recall": "Precisión y exhaustividad",
    residuals: "Lo que queda de cada predicción",
    reliability: "Las probabilidades y lo que ocurrió, antes y después de la calibración",
  },
  plotOf: (plot, version) => `${plot}, de la versión ${version}`,

  sideBySide: "Lado a lado",
  oneSide: "Versión de la izquierda",
  otherSide: "Versión de la derecha",
  change: "Diferencia",
  parameter: "Parámetro",
  otherParameters: (count) =>
    count === 1 ? "Un parámetro que difiere" : `${count} parámetros que difieren`,
  sameParameters: (count) =>
    count === 1 ? "Un parámetro es igual" : `${count} parámetros son iguales`,

  driftFromTraining: "Deriva desde el entrenamiento",
  driftHelp: (limit) =>
    `Lo que más se ha alejado del histograma del entrenamiento, por su índice de estabilidad de la población (PSI); por encima de ${limit} salta la alerta FeatureDrift.`,
  noDrift: "No se sabe nada de su deriva: hay pocas predicciones aún, o nada la vigila.",
};
