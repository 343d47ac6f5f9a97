import { FRENCH_VERSIONS } from "./versions/french.ts";
import type { Texts } from "./english.ts";

/** A number of rows, as it was written. */
const rowsOf = (count: string) => (count === "1" ? "une ligne" : `${count} lignes`);

/** The page in French. */
export const FRENCH: Texts = {
  skip: "Aller au formulaire",
  models: "Modèles",
  model: "Modèle",
  chooseModel: "Choisir un modèle…",
  lookingForModels: "Recherche des modèles…",
  noModel: "Pas encore de modèle",
  noModelHelp: "Aucun modèle n’est encore déployé. Nommez-en un dans MODELS et il apparaîtra ici.",
  unknownModel: "Modèle inconnu",
  unknownModelHelp: (name) =>
    `Il n’y a pas de modèle « ${name} » ici. Choisissez-en un parmi ceux du haut.`,
  tryingAgain: "Nouvel essai toutes les quelques secondes.",
  language: "Langue",
  theme: "Thème",
  themes: { auto: "Comme le système", light: "Clair", dark: "Sombre" },

  api: "API de prédiction",
  status: {
    healthy: "En service",
    starting: "Démarre",
    "not ready": "Pas prête",
    unreachable: "Injoignable",
    unknown: "Inconnu",
  },
  apiDocs: "Comment l’interroger par programme",
  lastLook: (time) => `Vérifiée à ${time}`,
  loadingForm: "Chargement du formulaire…",
  formOfStarting: "L’API du modèle démarre. Le formulaire apparaîtra dès qu’elle répondra.",
  formOfNotReady:
    "Le formulaire vient du modèle, et son API n’en a pas encore : la raison est sous « API de prédiction ». Le formulaire apparaîtra dès qu’une version sera là. Si son entraînement a échoué, ou si le contrôle l’a rejetée, c’est ce qu’il faut d’abord corriger.",
  formOfUnreachable:
    "Le formulaire vient du modèle, dont l’API est injoignable. Il apparaîtra dès que l’API répondra.",
  noForm: (reason) => `Le formulaire ne peut être construit : ${reason}`,

  noServer: "Le serveur de la page ne répond pas. Fonctionne-t-il, et êtes-vous en ligne ?",
  signIn: "Il faut vous connecter pour utiliser ce modèle.",
  mayNot: "Vous ne pouvez pas utiliser ce modèle : demandez l’accès à ceux qui s’en occupent.",
  notAvailable: "Le modèle n’est pas disponible en ce moment.",
  answeredStatus: (status) => `Le serveur a répondu avec le statut ${status}.`,

  refusedInputs:
    "L’adresse contient des valeurs qui n’ont pas été reprises ; le formulaire a celles de l’exemple.",
  noSuchInput: (name) => `« ${name} » n’est pas une entrée de ce modèle.`,
  cannotBe: (title, text, problem) =>
    `${title} ne peut pas être « ${text} » : la valeur ${problem}.`,
  findInput: "Chercher une entrée",
  inputsShown: (shown: number, all: number) => `${shown} sur ${all} affichées`,
  predict: "Prédire",
  reset: "Revenir à l’exemple",
  live: "Prédire chaque changement aussitôt",
  missing: "manquant",
  isMissing: (title) => `${title} manque`,
  slider: (title) => `${title}, curseur`,
  choose: "Choisir…",
  typeToSearch: "Taper pour chercher",

  mustBe: (what) => `doit être ${what}`,
  oneOfList: (count) => `l’une des ${count} de la liste`,
  atMostCharacters: (count) => `doit avoir au plus ${count} caractères`,
  aMoment: "une date et une heure comme 2026-11-27T08:30",
  aDate: "une date comme 2026-11-27",
  aNumber: (example) => `un nombre comme ${example}`,
  aSmallerNumber: "un nombre plus petit",
  aWholeNumber: "un nombre entier",
  trueOrFalse: "true ou false",
  either: (one, other, written) => `${one} ou ${other} ; ${written} peut être l’un ou l’autre`,
  atLeast: (min) => `au moins ${min}`,
  atMost: (max) => `au plus ${max}`,
  textOfUpTo: (count) => `texte d’au plus ${count} caractères`,
  fromTo: (min, max) => `${min} à ${max}`,
  orMore: (min) => `${min} ou plus`,
  orLess: (max) => `${max} ou moins`,
  inUtc: "en UTC",
  inTraining: (low, high, middle) => `à l’entraînement ${low} à ${high}, médiane ${middle}`,
  readAs: (number) => `Lu comme ${number}.`,
  farOut: (low, high) =>
    `L’entraînement n’a vu que de ${low} à ${high} : si loin, attendez moins de la réponse.`,
  neverSeen: "L’entraînement n’a pas vu cette valeur : elle compte comme aucune des connues.",

  answer: "Réponse",
  beforeAnswer: (predict) =>
    `Le formulaire contient l’exemple du modèle. Changez ce que vous voulez et appuyez sur ${predict}.`,
  asking: "Le modèle est interrogé…",
  answeredBy: (name, version, milliseconds) =>
    `${name} version ${version}, réponse en ${milliseconds} ms`,
  stale: "Des valeurs ont changé depuis cette réponse.",
  beforeChanges: "avant les changements",
  fieldsNeed: (count) =>
    `${count === 1 ? "Un champ demande" : `${count} champs demandent`} une autre valeur ; voir le formulaire.`,
  noNumber: "aucun nombre",
  noProbability: "Le modèle n’a pas de probabilité pour ces valeurs.",
  between: (low, high, share) => `Entre ${low} et ${high} pour ${share} % de telles lignes.`,
  usualError: (error) => `${error} en moyenne, sur les lignes du test.`,
  of: (label) => `de ${label}`,
  that: (sentence) => `que ${sentence}`,
  probability: (outcome) => `Probabilité ${outcome}`,
  inBrief: (share) => `probabilité ${share}`,
  fromThreshold: (outcome, share) => `La réponse est ${outcome} à partir de ${share} %.`,
  lessLikely: (count) => `${count} classes moins probables`,
  withCode: "La même chose en code",
  copy: "Copier",
  copied: "Copié",
  program: "Écrit en",
  answerAsIs: "La réponse telle quelle",

  why: "Pourquoi cette réponse ?",
  askingWhy: "Les raisons sont demandées…",
  whyTitle: "Pourquoi cette réponse",
  meanAnswer: (base, value) => `La réponse moyenne est ${base} ; ici c’est ${value}.`,
  meanProbability: (label, base, value) =>
    `La probabilité moyenne de ${label} est ${base} ; ici c’est ${value}.`,
  whatEachAdds: "Ce que chaque valeur ajoute, ou enlève :",
  pointsEachAdds: "Points de pourcentage que chaque valeur ajoute, ou enlève :",
  othersTogether: (count) => `${count} autres ensemble`,
  whyCaution:
    "Du modèle, pas du monde : là où des variables vont ensemble, chacune reçoit une part de ce qu’elles disent.",

  whatIf: "Et si…",
  whatIfHelp:
    "La réponse quand une valeur bouge et que les autres restent celles du formulaire. Derrière, combien de fois l’entraînement a vu la valeur ; hachuré, au-delà de tout ce qu’il a vu.",
  feature: "Valeur qui bouge",
  fromToAnswers: (title, low, first, high, last) =>
    `${title} de ${low} (${first}) à ${high} (${last})`,
  hereItIs: (value, answer) => `ici ${value} : ${answer}`,

  version: (version) => `version ${version}`,
  trainedOn: (train, test) => `Entraîné sur ${train} lignes, mesuré sur ${test} autres`,
  commit: (sha) => `commit ${sha}`,
  modelCard: "Fiche du modèle",
  contact: (contact) => `Contact : ${contact}`,
  license: (license) => `Licence : ${license}`,
  limitation: (limitation) => `Pas pour, ou mal : ${limitation}`,
  hangsOn: "Ce dont dépendent ses réponses",
  hangsOnHelp: (metric) => `Ce que perd ${metric} quand les valeurs d’une variable sont mélangées`,
  wholeCard: "La fiche entière est model-card.html, dans le run MLflow de la version.",
  understood: "Ce que l’entraînement a compris",
  target: (fact) => `Cible : ${fact}`,
  leftOut: (columns) => `Laissées de côté : ${columns}`,
  worthALook: "À regarder",
  columnsTaken: (count) =>
    `${count === 1 ? "Une colonne" : `${count} colonnes`}, et pour quoi chacune a été prise`,
  column: "Colonne",
  type: "Type",
  reason: "Raison",
  missingValues: "Valeurs manquantes",

  // Les réponses jusqu’ici
  answersSoFar: (count: number) => `Les ${count} dernières réponses`,
  historyHelp:
    "Chacune avec ce qui diffère dans le formulaire à présent. Un clic rapporte ses entrées. Elles ne sont gardées que dans cet onglet.",
  difference: "Alors, et à présent dans le formulaire",
  time: "Heure",
  takeInputs: "Remettre ces entrées dans le formulaire",
  thenAndNow: (title: string, then: string, now: string) => `${title} : ${then} → ${now}`,
  nothingElse: "les mêmes valeurs",
  forget: "Les oublier",

  // Un fichier de lignes
  fileOfRows: "Un fichier de lignes",
  fileHelp: (most: string) =>
    `Un fichier CSV avec une colonne par entrée, à son nom : jusqu’à ${most} lignes. Il revient avec les réponses ; il va au modèle, et nulle part ailleurs.`,
  dropFile: "Déposez un fichier CSV ici, ou choisissez-en un :",
  fileTrouble: {
    empty: () => "Le fichier n’a pas de lignes sous celle des noms de colonnes.",
    large: (_rows: string, mebibytes: string) =>
      `Le fichier dépasse ${mebibytes} Mio. Divisez-le, ou faites interroger l’API par un programme.`,
    long: (rows: string) =>
      `Le fichier dépasse ${rowsOf(rows)}. Divisez-le, ou faites interroger l’API par un programme.`,
    binary: () => "Le fichier n’est pas du texte. Enregistrez d’abord le tableau en CSV.",
  },
  readAsTable: (rows: string, encoding: string, delimiter: string) =>
    `${rowsOf(rows)}, lues en ${encoding}, avec des ${delimiter} entre les colonnes`,
  delimiters: (sign: string) =>
    ({ ",": "virgules", ";": "points-virgules", "\t": "tabulations" })[sign] ?? `« ${sign} »`,
  lackingColumns: (names: string, header: string) =>
    `Il manque au fichier des colonnes dont le modèle a besoin : ${names}. Sa première ligne doit les nommer ; elle a ${header}.`,
  twoColumns: (names: string) =>
    `Plusieurs colonnes pourraient être ${names}. Renommez-les ou n’en gardez qu’une.`,
  absentColumns: (names: string) => `Sans colonne, donc manquant à chaque ligne : ${names}.`,
  decimals: "Décimales après",
  decimalPoint: "un point : 12.5",
  decimalComma: "une virgule : 12,5",
  predictRows: (rows: string) => `Prédire ${rowsOf(rows)}`,
  rowsDone: (done: string, of: string) => `${done} lignes sur ${of}`,
  cancel: "Annuler",
  stoppedEarly: (reason: string, rows: string) =>
    `${reason === "" ? "Annulé." : reason} Avec réponse avant cela : ${rowsOf(rows)}.`,
  rowsAnswered: (rows: string, versions: string) =>
    `Avec réponse${versions === "" ? "" : ` de la version ${versions}`} : ${rowsOf(rows)}`,
  rowsRefused: (rows: string) => `Non posées, ou refusées : ${rowsOf(rows)}`,
  inRow: (row: string, column: string, problem: string) =>
    `Ligne ${row}${column === "" ? "" : `, ${column}`} : ${problem}`,
  moreErrors: (count: string) => `${count} de plus ; le téléchargement les a toutes.`,
  otherLength: (cells: number, columns: number) =>
    `a ${cells} cellules, et il y a ${columns} colonnes`,
  download: "Télécharger avec les réponses",
  firstRows: (count: string) => `Les ${count} premières lignes`,

  // État de l’environnement
  environment: "État",
  lastFiveMinutes:
    "Prédictions des cinq dernières minutes, et ce qui s’est le plus éloigné de l’entraînement (PSI).",
  alerts: "Alertes",
  noAlert: "Aucune alerte",
  critical: "Critique",
  warning: "Avertissement",
  since: (moment: string) => `depuis ${moment}`,
  state: "État",
  versions: "Version",
  onReplicas: (version: string, count: number) =>
    `${version} sur ${count === 1 ? "une réplique" : `${count} répliques`}`,
  rate: "Par minute",
  half: "La moitié en",
  nearlyAll: "99 % en",
  drift: "Dérive",
  backups: "Sauvegardes",
  lastBackup: "Dernière sauvegarde",
  lastProven: "Dernière restauration prouvée",
  neverTold: "aucune connue",
  sleepHours: "Heures de sommeil",
  fallsAsleep: "S’endort",
  wakesUp: "Se réveille",
  notWatched:
    "Débits, alertes, dérive et sauvegardes s’affichent ici quand l’environnement a sa propre surveillance : slipway:monitoring, kind bundled.",
  ...FRENCH_VERSIONS,
};
