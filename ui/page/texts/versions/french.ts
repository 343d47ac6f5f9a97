import type { VersionTexts } from "./english.ts";

/** What the view of a model's versions says, in French. */
export const FRENCH_VERSIONS: VersionTexts = {
  versionsOf: (model) => `Versions de ${model}`,
  askingMlflow: "Question à MLflow…",
  noVersion: "Aucune version n’est encore enregistrée : le premier entraînement en crée une.",
  noMlflow:
    "Les versions d’un modèle s’affichent ici quand le serveur de la page connaît un MLflow : MLFLOW_TRACKING_URI.",
  olderVersions: "Afficher des versions plus anciennes",
  toForm: "Vers le formulaire",
  registered: "Entraînée",
  whyTrained: "Pourquoi",
  trainedBecause: (reason) => `Pourquoi elle a été entraînée : ${reason}`,
  firstOrChanged: "nouvelle, ou son YAML, son code ou ses données ont changé",
  madeOf: (version) => `faite de ${version}`,
  gate: "Contrôle",
  verdicts: { promoted: "réussi", rejected: "refusée" },
  notJudged: "pas encore jugée",
  showVersion: (version) => `Afficher la version ${version}`,
  fromLowToHigh: (low, high) => `${low} à ${high}`,
  runInMlflow: "Exécution dans MLflow",

  oneVersion: (version) => `Version ${version}`,
  gatePassed: (count) =>
    `Le contrôle l’a laissée passer : ${count === 1 ? "la seule comparaison est tenue" : `les ${count} comparaisons sont tenues`}.`,
  gateRejected: (failed, count) =>
    `Le contrôle l’a refusée : ${failed} comparaison${failed === 1 ? "" : "s"} sur ${count} ${failed === 1 ? "n’est pas tenue" : "ne sont pas tenues"}.`,
  gateUnknown: "Aucun verdict d’un contrôle n’est connu.",
  gateNote: (note) => `Le contrôle note : ${note}`,
  metric: "Mesure",
  thisVersion: "Cette version",
  comparedWith: "Comparée à",
  itsFloor: "le plancher de son YAML",
  championVersion: (version, value) =>
    `la championne, version ${version}${value === "" ? "" : ` : ${value}`}`,
  allowed: "Permis",
  onSlice: (metric, slice) => `${metric} pour ${slice}`,
  holds: "tenu",
  fails: "pas tenu",
  becameChampion: (moment, by) => `Devenue championne le ${moment}, par ${by}`,
  plots: "Graphiques",
  noPlots: "Son exécution n’a pas de graphiques.",
  plotNames: {
    "confusion-matrix": "Matrice de confusion",
    roc: "Courbe ROC",
    "precision-recall": "Précision et rappel",
    residuals: "Ce qui reste de chaque prédiction",
    reliability: "Les probabilités et ce qui est arrivé, avant et après la calibration",
  },
  plotOf: (plot, version) => `${plot}, de la version ${version}`,

  sideBySide: "Côte à côte",
  oneSide: "Version de gauche",
  otherSide: "Version de droite",
  change: "Écart",
  parameter: "Paramètre",
  otherParameters: (count) =>
    count === 1 ? "Un paramètre qui diffère" : `${count} paramètres qui diffèrent`,
  sameParameters: (count) =>
    count === 1 ? "Un paramètre est le même" : `${count} paramètres sont les mêmes`,

  driftFromTraining: "Dérive depuis l’entraînement",
  driftHelp: (limit) =>
    `Ce qui s’est le plus éloigné de l’histogramme de l’entraînement, par l’indice de stabilité de la population (PSI) ; au-dessus de ${limit}, l’alerte FeatureDrift se déclenche.`,
  noDrift:
    "Rien n’est connu de sa dérive : trop peu de prédictions jusqu’ici, ou rien ne la surveille.",
};
