import { parseArgs } from "node:util";
import { Failure, reasonOf } from "../lib/failure.ts";

/** What `npm start` was asked for. */
export interface Options {
  /** Stop after one real prediction a model. */
  once: boolean;
  /** Train and serve these models only: a registered name, a file's stem or a path to a YAML. @default every model in training/models */
  models: string[];
  /** Where databases, artifacts and logs live. @default .slipway */
  dataDir: string;
  /** Keep what the APIs predict, and labels, below the data folder. @default false */
  capture: boolean;
  /** First port to try: MLflow from it, the page from it + 5, the APIs from it + 10. @default 5000, 8080 and 8000 */
  portBase: number | undefined;
}

export const USAGE = `Usage: npm start -- [options]

  --once             one real prediction a model through HTTP, printed as JSON, then stop
  --model NAME       only this model: its name (diabetes-model), its file's stem (diabetes) or a
                     path to your own YAML; may be given more than once
  --data-dir DIR     where databases, artifacts and logs live (default .slipway)
  --capture          keep predictions and labels in DIR/predictions, as Parquet
  --port-base PORT   MLflow from PORT, the page from PORT + 5, the APIs from PORT + 10
                     (default: 5000, 8080 and 8000)
  --help             this text
`;

/** Reads the command line. @throws Failure with exit code 2 that names the option, the value and the remedy. */
export function parseOptions(args: string[]): Options | "help" {
  const values = parse(args);
  if (values.help === true) return "help";
  return {
    once: values.once ?? false,
    models: values.model ?? [],
    dataDir: values["data-dir"] ?? ".slipway",
    capture: values.capture ?? false,
    portBase: portBase(values["port-base"]),
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        once: { type: "boolean" },
        model: { type: "string", multiple: true },
        "data-dir": { type: "string" },
        capture: { type: "boolean" },
        "port-base": { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch (error) {
    throw new Failure(`${reasonOf(error)}\n\n${USAGE}`, 2);
  }
}

function portBase(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1024 && port <= 65000) return port;
  throw new Failure(`--port-base ${text}: give a whole number from 1024 to 65000`, 2);
}
