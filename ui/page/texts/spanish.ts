import { SPANISH_VERSIONS } from "./versions/spanish.ts";
import type { Texts } from "./english.ts";

/** A number of rows, as it was written. */
const rowsOf = (count: string) => (count === "1" ? "una fila" : `${count} filas`);

/** The page in Spanish. */
export const SPANISH: Texts = {
  skip: "Ir al formulario",
  models: "Modelos",
  model: "Modelo",
  chooseModel: "Elegir un modelo…",
  lookingForModels: "Buscando modelos…",
  noModel: "Todavía no hay ningún modelo",
  noModelHelp: "Todavía no hay ningún modelo desplegado. Nombre uno en MODELS y aparecerá aquí.",
  unknownModel: "Modelo desconocido",
  unknownModelHelp: (name) => `Aquí no hay ningún modelo «${name}». Elija uno de los de arriba.`,
  tryingAgain: "Se vuelve a intentar cada pocos segundos.",
  language: "Idioma",
  theme: "Tema",
  themes: { auto: "Como el sistema", light: "Claro", dark: "Oscuro" },

  api: "API de predicción",
  status: {
    healthy: "En servicio",
    starting: "Arrancando",
    "not ready": "No está lista",
    unreachable: "Inaccesible",
    unknown: "Desconocido",
  },
  apiDocs: "Cómo la preguntan los programas",
  lastLook: (time) => `Comprobada a las ${time}`,
  loadingForm: "Cargando el formulario…",
  formOfStarting: "La API del modelo está arrancando. El formulario aparecerá cuando responda.",
  formOfNotReady:
    "El formulario se hace a partir del modelo, y su API aún no tiene ninguno: el motivo está en «API de predicción». El formulario aparecerá cuando haya una versión. Si su entrenamiento falló, o el control la rechazó, eso debe corregirse antes.",
  formOfUnreachable:
    "El formulario se hace a partir del modelo, cuya API es inaccesible. Aparecerá cuando la API responda.",
  noForm: (reason) => `El formulario no se puede hacer: ${reason}`,

  noServer: "El servidor de la página no responde. ¿Está en marcha, y está usted en línea?",
  signIn: "Debe iniciar sesión para usar este modelo.",
  mayNot: "No puede usar este modelo: pida acceso a quienes lo gestionan.",
  notAvailable: "El modelo no está disponible en este momento.",
  answeredStatus: (status) => `El servidor respondió con el estado ${status}.`,

  refusedInputs:
    "La dirección tiene valores que no se tomaron; el formulario tiene los del ejemplo en su lugar.",
  noSuchInput: (name) => `«${name}» no es una entrada de este modelo.`,
  cannotBe: (title, text, problem) => `${title} no puede ser «${text}»: el valor ${problem}.`,
  findInput: "Buscar una entrada",
  inputsShown: (shown: number, all: number) => `${shown} de ${all} a la vista`,
  predict: "Predecir",
  reset: "Volver al ejemplo",
  live: "Predecir cada cambio al momento",
  missing: "falta",
  isMissing: (title) => `${title} falta`,
  slider: (title) => `${title}, control deslizante`,
  choose: "Elegir…",
  typeToSearch: "Escriba para buscar",

  mustBe: (what) => `debe ser ${what}`,
  oneOfList: (count) => `uno de los ${count} de la lista`,
  atMostCharacters: (count) => `debe tener como máximo ${count} caracteres`,
  aMoment: "una fecha y hora como 2026-11-27T08:30",
  aDate: "una fecha como 2026-11-27",
  aNumber: (example) => `un número como ${example}`,
  aSmallerNumber: "un número más pequeño",
  aWholeNumber: "un número entero",
  trueOrFalse: "true o false",
  either: (one, other, written) => `${one} u ${other}; ${written} puede ser cualquiera de los dos`,
  atLeast: (min) => `al menos ${min}`,
  atMost: (max) => `como máximo ${max}`,
  textOfUpTo: (count) => `texto de hasta ${count} caracteres`,
  fromTo: (min, max) => `${min} a ${max}`,
  orMore: (min) => `${min} o más`,
  orLess: (max) => `${max} o menos`,
  inUtc: "en UTC",
  inTraining: (low, high, middle) => `en el entrenamiento ${low} a ${high}, mediana ${middle}`,
  readAs: (number) => `Leído como ${number}.`,
  farOut: (low, high) =>
    `El entrenamiento solo vio de ${low} a ${high}: tan lejos, espere menos de la respuesta.`,
  neverSeen: "El entrenamiento no vio ese valor: cuenta como ninguno de los conocidos.",

  answer: "Respuesta",
  beforeAnswer: (predict) =>
    `El formulario contiene el ejemplo del modelo. Cambie lo que quiera y pulse ${predict}.`,
  asking: "Preguntando al modelo…",
  answeredBy: (name, version, milliseconds) =>
    `${name} versión ${version}, respuesta en ${milliseconds} ms`,
  stale: "Hay valores que han cambiado desde esta respuesta.",
  beforeChanges: "antes de los cambios",
  fieldsNeed: (count) =>
    `${count === 1 ? "Un campo necesita" : `${count} campos necesitan`} otro valor; vea el formulario.`,
  noNumber: "ningún número",
  noProbability: "El modelo no tiene probabilidad para estos valores.",
  between: (low, high, share) => `Entre ${low} y ${high} en el ${share} % de tales filas.`,
  usualError: (error) => `${error} de media, en las filas de la prueba.`,
  of: (label) => `de ${label}`,
  that: (sentence) => `de que ${sentence}`,
  probability: (outcome) => `Probabilidad ${outcome}`,
  inBrief: (share) => `probabilidad ${share}`,
  fromThreshold: (outcome, share) => `La respuesta es ${outcome} a partir del ${share} %.`,
  lessLikely: (count) => `${count} clases menos probables`,
  withCode: "Lo mismo en código",
  copy: "Copiar",
  copied: "Copiado",
  program: "Escrito en",
  answerAsIs: "La respuesta tal cual",

  why: "¿Por qué esta respuesta?",
  askingWhy: "Preguntando por qué…",
  whyTitle: "Por qué esta respuesta",
  meanAnswer: (base, value) => `La respuesta media es ${base}; aquí es ${value}.`,
  meanProbability: (label, base, value) =>
    `La probabilidad media de ${label} es ${base}; aquí es ${value}.`,
  whatEachAdds: "Lo que cada valor suma, o resta:",
  pointsEachAdds: "Puntos porcentuales que cada valor suma, o resta:",
  othersTogether: (count) => `${count} más, juntas`,
  whyCaution:
    "Del modelo, no del mundo: donde unas variables van juntas, cada una recibe una parte de lo que dicen.",

  whatIf: "¿Y si…?",
  whatIfHelp:
    "La respuesta cuando un valor se mueve y los demás quedan como en el formulario. Detrás, cuántas veces vio el entrenamiento el valor; rayado, más allá de todo lo que vio.",
  feature: "Valor que se mueve",
  fromToAnswers: (title, low, first, high, last) =>
    `${title} de ${low} (${first}) a ${high} (${last})`,
  hereItIs: (value, answer) => `aquí ${value}: ${answer}`,

  version: (version) => `versión ${version}`,
  trainedOn: (train, test) => `Entrenado con ${train} filas, medido con otras ${test}`,
  commit: (sha) => `commit ${sha}`,
  modelCard: "Ficha del modelo",
  contact: (contact) => `Contacto: ${contact}`,
  license: (license) => `Licencia: ${license}`,
  limitation: (limitation) => `No es para, o lo hace mal: ${limitation}`,
  hangsOn: "De qué dependen sus respuestas",
  hangsOnHelp: (metric) => `Lo que pierde ${metric} al barajar los valores de una variable`,
  wholeCard: "La ficha completa es model-card.html, en el run de MLflow de la versión.",
  understood: "Lo que entendió el entrenamiento",
  target: (fact) => `Objetivo: ${fact}`,
  leftOut: (columns) => `Descartadas: ${columns}`,
  worthALook: "Conviene mirarlo",
  columnsTaken: (count) =>
    `${count === 1 ? "Una columna" : `${count} columnas`}, y por qué se tomó cada una`,
  column: "Columna",
  type: "Tipo",
  reason: "Motivo",
  missingValues: "Valores que faltan",

  // Las respuestas hasta ahora
  answersSoFar: (count: number) => `Las últimas ${count} respuestas`,
  historyHelp:
    "Cada una con lo que ahora es distinto en el formulario. Un clic devuelve sus entradas. Solo se guardan en esta pestaña.",
  difference: "Entonces, y ahora en el formulario",
  time: "Hora",
  takeInputs: "Devolver estas entradas al formulario",
  thenAndNow: (title: string, then: string, now: string) => `${title}: ${then} → ${now}`,
  nothingElse: "los mismos valores",
  forget: "Olvidarlas",

  // Un archivo de filas
  fileOfRows: "Un archivo de filas",
  fileHelp: (most: string) =>
    `Un archivo CSV con una columna por entrada, con su nombre: hasta ${most} filas. Vuelve con las respuestas; va al modelo, y a ningún otro lugar.`,
  dropFile: "Suelte aquí un archivo CSV, o elija uno:",
  fileTrouble: {
    empty: () => "El archivo no tiene filas bajo la de los nombres de columna.",
    large: (_rows: string, mebibytes: string) =>
      `El archivo pasa de ${mebibytes} MiB. Divídalo, o que un programa pregunte a la API.`,
    long: (rows: string) =>
      `El archivo pasa de ${rowsOf(rows)}. Divídalo, o que un programa pregunte a la API.`,
    binary: () => "El archivo no es texto. Guarde antes la tabla como CSV.",
  },
  readAsTable: (rows: string, encoding: string, delimiter: string) =>
    `${rowsOf(rows)}, leídas como ${encoding}, con ${delimiter} entre las columnas`,
  delimiters: (sign: string) =>
    ({ ",": "comas", ";": "puntos y comas", "\t": "tabuladores" })[sign] ?? `«${sign}»`,
  lackingColumns: (names: string, header: string) =>
    `El modelo necesita columnas que el archivo no tiene: ${names}. Su primera línea debe nombrarlas; tiene ${header}.`,
  twoColumns: (names: string) =>
    `Más de una columna podría ser ${names}. Cambie el nombre de las demás o quítelas.`,
  absentColumns: (names: string) => `Sin columna, así que faltan en cada fila: ${names}.`,
  decimals: "Decimales tras",
  decimalPoint: "un punto: 12.5",
  decimalComma: "una coma: 12,5",
  predictRows: (rows: string) => `Predecir ${rowsOf(rows)}`,
  rowsDone: (done: string, of: string) => `${done} de ${of} filas`,
  cancel: "Cancelar",
  stoppedEarly: (reason: string, rows: string) =>
    `${reason === "" ? "Cancelado." : reason} Con respuesta antes: ${rowsOf(rows)}.`,
  rowsAnswered: (rows: string, versions: string) =>
    `Con respuesta${versions === "" ? "" : ` de la versión ${versions}`}: ${rowsOf(rows)}`,
  rowsRefused: (rows: string) => `Sin preguntar, o rechazadas: ${rowsOf(rows)}`,
  inRow: (row: string, column: string, problem: string) =>
    `Fila ${row}${column === "" ? "" : `, ${column}`}: ${problem}`,
  moreErrors: (count: string) => `${count} más; la descarga las tiene todas.`,
  otherLength: (cells: number, columns: number) =>
    `tiene ${cells} celdas, y hay ${columns} columnas`,
  download: "Descargar con las respuestas",
  firstRows: (count: string) => `Las primeras ${count} filas`,

  // Cómo está el entorno
  environment: "Estado",
  lastFiveMinutes:
    "Predicciones de los últimos cinco minutos, y lo que más se ha alejado del entrenamiento (PSI).",
  alerts: "Alertas",
  noAlert: "Ninguna alerta",
  critical: "Crítica",
  warning: "Aviso",
  since: (moment: string) => `desde ${moment}`,
  state: "Estado",
  versions: "Versión",
  onReplicas: (version: string, count: number) =>
    `${version} en ${count === 1 ? "una réplica" : `${count} réplicas`}`,
  rate: "Por minuto",
  half: "La mitad en",
  nearlyAll: "El 99 % en",
  drift: "Deriva",
  backups: "Copias de seguridad",
  lastBackup: "Última copia",
  lastProven: "Última restauración probada",
  neverTold: "ninguna conocida",
  sleepHours: "Horas de sueño",
  fallsAsleep: "Se duerme",
  wakesUp: "Despierta",
  notWatched:
    "Las tasas, alertas, deriva y copias aparecen aquí cuando el entorno tiene su propia supervisión: slipway:monitoring, kind bundled.",
  ...SPANISH_VERSIONS,
};
