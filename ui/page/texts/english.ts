import { ENGLISH_VERSIONS } from "./versions/english.ts";

/** A number of rows, as it was written. */
const rowsOf = (count: string) => (count === "1" ? "one row" : `${count} rows`);

/** Every sentence of the page, in English; the other languages have the same keys. Names, labels and reasons of data come from the model as they are. */
export const ENGLISH = {
  // The page and its models
  skip: "Skip to the form",
  models: "Models",
  model: "Model",
  chooseModel: "Choose a model…",
  lookingForModels: "Looking for models…",
  noModel: "No model yet",
  noModelHelp: "No model is deployed yet. Name one in MODELS and it shows up here.",
  unknownModel: "Unknown model",
  unknownModelHelp: (name: string) =>
    `There is no model called “${name}” here. Choose one of those above.`,
  tryingAgain: "Trying again every few seconds.",
  language: "Language",
  theme: "Theme",
  themes: { auto: "As the system", light: "Light", dark: "Dark" },

  // How an API is
  api: "Prediction API",
  status: {
    healthy: "Healthy",
    starting: "Starting",
    "not ready": "Not ready",
    unreachable: "Unreachable",
    unknown: "Unknown",
  },
  apiDocs: "How programs ask it",
  lastLook: (time: string) => `Last looked at ${time}`,
  loadingForm: "Loading the form…",
  formOfStarting: "The model’s API is starting. The form appears once it answers.",
  formOfNotReady:
    "The form is made from the model, and its API has none yet: the reason stands under “Prediction API”. The form appears once a version is there. Where its training failed, or its gate rejected it, that has to be mended first.",
  formOfUnreachable:
    "The form is made from the model, whose API cannot be reached. It appears once the API answers.",
  noForm: (reason: string) => `The form cannot be made: ${reason}`,

  // Requests that fail
  noServer: "The page's server does not answer. Is it running, and are you online?",
  signIn: "You need to sign in to use this model.",
  mayNot: "You may not use this model: ask those who run it for access.",
  notAvailable: "The model is not available right now.",
  answeredStatus: (status: number) => `The server answered with status ${status}.`,

  // The form
  refusedInputs:
    "The address has inputs that were not taken; the form holds the example’s instead.",
  noSuchInput: (name: string) => `“${name}” is no input of this model.`,
  cannotBe: (title: string, text: string, problem: string) =>
    `${title} cannot be “${text}”: it ${problem}.`,
  findInput: "Find an input",
  inputsShown: (shown: number, all: number) => `${shown} of ${all} shown`,
  predict: "Predict",
  reset: "Reset to the example",
  live: "Predict each change at once",
  missing: "missing",
  isMissing: (title: string) => `${title} is missing`,
  slider: (title: string) => `${title}, slider`,
  choose: "Choose…",
  typeToSearch: "Type to search",

  // What a value must be
  mustBe: (what: string) => `must be ${what}`,
  oneOfList: (count: number) => `one of the ${count} in the list`,
  atMostCharacters: (count: string) => `must have at most ${count} characters`,
  aMoment: "a date and time such as 2026-11-27T08:30",
  aDate: "a date such as 2026-11-27",
  aNumber: (example: string) => `a number such as ${example}`,
  aSmallerNumber: "a smaller number",
  aWholeNumber: "a whole number",
  trueOrFalse: "true or false",
  either: (one: string, other: string, written: string) =>
    `either ${one} or ${other}; ${written} can mean both`,
  atLeast: (min: string) => `at least ${min}`,
  atMost: (max: string) => `at most ${max}`,
  textOfUpTo: (count: string) => `text of up to ${count} characters`,
  fromTo: (min: string, max: string) => `${min} to ${max}`,
  orMore: (min: string) => `${min} or more`,
  orLess: (max: string) => `${max} or less`,
  inUtc: "in UTC",
  inTraining: (low: string, high: string, middle: string) =>
    `in training ${low} to ${high}, median ${middle}`,
  readAs: (number: string) => `Read as ${number}.`,
  farOut: (low: string, high: string) =>
    `Training saw only ${low} to ${high}: expect less of an answer so far out.`,
  neverSeen: "Training saw no such value: it counts as none of the known ones.",

  // The answer
  answer: "Answer",
  beforeAnswer: (predict: string) =>
    `The form holds the model’s own example. Change what you like and press ${predict}.`,
  asking: "Asking the model…",
  answeredBy: (name: string, version: string, milliseconds: string) =>
    `${name} version ${version}, answered in ${milliseconds} ms`,
  stale: "Values have changed since this answer.",
  beforeChanges: "before the changes",
  fieldsNeed: (count: number) =>
    `${count === 1 ? "One field needs" : `${count} fields need`} another value; see the form.`,
  noNumber: "no number",
  noProbability: "The model has no probability for these values.",
  between: (low: string, high: string, share: string) =>
    `Between ${low} and ${high} for ${share}% of such rows.`,
  usualError: (error: string) => `${error} on average, among the rows of the test.`,
  of: (label: string) => `of ${label}`,
  that: (sentence: string) => `that ${sentence}`,
  probability: (outcome: string) => `Probability ${outcome}`,
  inBrief: (share: string) => `probability ${share}`,
  fromThreshold: (outcome: string, share: string) => `The answer is ${outcome} from ${share}% on.`,
  lessLikely: (count: number) => `${count} less likely classes`,
  withCode: "The same in code",
  copy: "Copy",
  copied: "Copied",
  program: "Written in",
  answerAsIs: "The answer as it came",

  // Why it is the answer
  why: "Why this answer?",
  askingWhy: "Asking why…",
  whyTitle: "Why this answer",
  meanAnswer: (base: string, value: string) => `The mean answer is ${base}; here it is ${value}.`,
  meanProbability: (label: string, base: string, value: string) =>
    `The mean probability of ${label} is ${base}; here it is ${value}.`,
  whatEachAdds: "What each value adds, or takes away:",
  pointsEachAdds: "Percentage points that each value adds, or takes away:",
  othersTogether: (count: number) => `${count} others together`,
  whyCaution:
    "Of the model, not of the world: where features go together, each gets a part of what they say.",

  // What it would be
  whatIf: "What if…",
  whatIfHelp:
    "The answer as one value moves and the others stay as they are in the form. Behind it, how often training saw the value; hatched is beyond all that it saw.",
  feature: "Value that moves",
  fromToAnswers: (title: string, low: string, first: string, high: string, last: string) =>
    `${title} from ${low} (${first}) to ${high} (${last})`,
  hereItIs: (value: string, answer: string) => `here ${value}: ${answer}`,

  // What is known of the model
  version: (version: string) => `version ${version}`,
  trainedOn: (train: number, test: number) =>
    `Trained on ${train} rows, measured on ${test} others`,
  commit: (sha: string) => `commit ${sha}`,
  modelCard: "Model card",
  contact: (contact: string) => `Contact: ${contact}`,
  license: (license: string) => `License: ${license}`,
  limitation: (limitation: string) => `Not for, or badly: ${limitation}`,
  hangsOn: "What its answers hang on",
  hangsOnHelp: (metric: string) =>
    `What ${metric} loses where the values of a feature are shuffled`,
  wholeCard: "The whole card is model-card.html in the version’s run in MLflow.",
  understood: "What the training understood",
  target: (fact: string) => `Target: ${fact}`,
  leftOut: (columns: string) => `Left out: ${columns}`,
  worthALook: "Worth a look",
  columnsTaken: (count: number) =>
    `${count === 1 ? "One column" : `${count} columns`}, and what each was taken for`,
  column: "Column",
  type: "Type",
  reason: "Reason",
  missingValues: "Missing values",

  // The answers so far
  answersSoFar: (count: number) => `The last ${count} answers`,
  historyHelp:
    "Each with what is different in the form now. A click on one brings its inputs back. They are kept in this tab alone.",
  difference: "Then, and in the form now",
  time: "Time",
  takeInputs: "Bring these inputs back into the form",
  thenAndNow: (title: string, then: string, now: string) => `${title} ${then} → ${now}`,
  nothingElse: "the same",
  forget: "Forget them",

  // A file of rows
  fileOfRows: "A file of rows",
  fileHelp: (most: string) =>
    `A CSV file with a column for each input, by its name: up to ${most} rows. It comes back with the answers; it goes to the model, and nowhere else.`,
  dropFile: "Drop a CSV file here, or choose one:",
  fileTrouble: {
    empty: () => "The file has no rows below a line of column names.",
    large: (_rows: string, mebibytes: string) =>
      `The file has more than ${mebibytes} MiB. Split it, or have a program ask the API.`,
    long: (rows: string) =>
      `The file has more than ${rowsOf(rows)}. Split it, or have a program ask the API.`,
    binary: () => "The file is no text. Save the table as CSV first.",
  },
  readAsTable: (rows: string, encoding: string, delimiter: string) =>
    `${rowsOf(rows)}, read as ${encoding}, with ${delimiter} between the columns`,
  delimiters: (sign: string) =>
    ({ ",": "commas", ";": "semicolons", "\t": "tabs" })[sign] ?? `“${sign}”`,
  lackingColumns: (names: string, header: string) =>
    `The model needs columns that the file does not have: ${names}. Its first line must name them; it has ${header}.`,
  twoColumns: (names: string) =>
    `More than one column could be ${names}. Rename or remove all but one.`,
  absentColumns: (names: string) => `Without a column, so missing in every row: ${names}.`,
  decimals: "Decimals behind",
  decimalPoint: "a point: 12.5",
  decimalComma: "a comma: 12,5",
  predictRows: (rows: string) => `Predict ${rowsOf(rows)}`,
  rowsDone: (done: string, of: string) => `${done} of ${of} rows`,
  cancel: "Cancel",
  stoppedEarly: (reason: string, rows: string) =>
    `${reason === "" ? "Cancelled." : reason} Answered before that: ${rowsOf(rows)}.`,
  rowsAnswered: (rows: string, versions: string) =>
    `Answered${versions === "" ? "" : ` by version ${versions}`}: ${rowsOf(rows)}`,
  rowsRefused: (rows: string) => `Not asked, or refused: ${rowsOf(rows)}`,
  inRow: (row: string, column: string, problem: string) =>
    `Row ${row}${column === "" ? "" : `, ${column}`}: ${problem}`,
  moreErrors: (count: string) => `${count} more; the download has them all.`,
  otherLength: (cells: number, columns: number) =>
    `has ${cells} cells, and there are ${columns} columns`,
  download: "Download with the answers",
  firstRows: (count: string) => `The first ${count} rows`,

  // How the environment is
  environment: "Status",
  lastFiveMinutes:
    "Predictions of the last five minutes, and what has moved most from training (PSI).",
  alerts: "Alerts",
  noAlert: "Nothing fires",
  critical: "Critical",
  warning: "Warning",
  since: (moment: string) => `since ${moment}`,
  state: "State",
  versions: "Version",
  onReplicas: (version: string, count: number) =>
    `${version} on ${count === 1 ? "one replica" : `${count} replicas`}`,
  rate: "A minute",
  half: "Half within",
  nearlyAll: "99% within",
  drift: "Drift",
  backups: "Backups",
  lastBackup: "Last backup",
  lastProven: "Last proven restore",
  neverTold: "none known",
  sleepHours: "Hours of sleep",
  fallsAsleep: "Falls asleep",
  wakesUp: "Wakes up",
  notWatched:
    "Rates, alerts, drift and backups stand here where the environment has monitoring of its own: slipway:monitoring, kind bundled.",
  ...ENGLISH_VERSIONS,
};

/** What each language has to say. */
export type Texts = typeof ENGLISH;
