import path from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import type { Children } from "../lib/children.ts";
import { reasonOf } from "../lib/failure.ts";
import { waitFor } from "../lib/http.ts";
import type { Progress } from "../lib/progress.ts";
import { Supervised } from "./supervised.ts";
import type { TrainingResult } from "./training.ts";

/** Seconds for an API to load what an earlier start promoted: MLflow answers by then. */
const EARLIER_CHAMPION = 5;

/** What the servers of the loop have in common. */
export interface Hosting {
  /** The checkout. */
  root: string;
  children: Children;
  progress: Progress;
  /** Aborted when the loop ends. */
  ended: AbortSignal;
}

/** A server that was started: its address and who keeps it running. */
export interface Server {
  url: string;
  supervised: Supervised;
}

/** Where an API finds its models, and where it keeps what it predicts. */
export interface ApiPlaces {
  /** MLflow's address. */
  mlflow: string;
  /** Folder of predictions and labels; undefined: they are not kept. */
  predictions: string | undefined;
}

/** Starts a model's prediction API; it loads the champion as soon as MLflow has one. */
export function startApi(
  hosting: Hosting,
  model: string,
  port: number,
  { mlflow, predictions }: ApiPlaces,
): Server {
  return startServer(hosting, `${model}-api`, "serving", port, {
    MODEL_URI: `models:/${model}@champion`,
    MLFLOW_TRACKING_URI: mlflow,
    MODEL_POLL_SECONDS: "1",
    DRAIN_SECONDS: "0",
    // A person looks at the files soon after; on a cluster they are fewer and larger.
    ...(predictions && { CAPTURE_URL: pathToFileURL(predictions).href, CAPTURE_SECONDS: "5" }),
  });
}

/** Starts the page over the APIs. @param apis by model. @param mlflow MLflow's address, for the page's server and for people. */
export function startPage(
  hosting: Hosting,
  port: number,
  apis: Map<string, Server>,
  mlflow: string,
): Server {
  const models = [...apis].map(([name, { url }]) => ({ name, url, docs: `${url}/docs` }));
  return startServer(hosting, "ui", "ui", port, {
    MODELS: JSON.stringify(models),
    MLFLOW_TRACKING_URI: mlflow,
    MLFLOW_PEOPLE_URL: mlflow,
  });
}

function startServer(
  { root, children, progress, ended }: Hosting,
  name: string,
  workspace: string,
  port: number,
  settings: Record<string, string>,
): Server {
  const source = path.join(root, workspace, "src", "server.ts");
  const supervised = new Supervised(
    children,
    {
      name,
      argv: [process.execPath, "--import", "tsx", source],
      env: { HOST: "127.0.0.1", PORT: String(port), ...settings },
    },
    (message) => {
      progress.say(message);
    },
    ended,
  );
  return { url: `http://127.0.0.1:${port}`, supervised };
}

/** Waits until the page answers. @throws Failure when it does not within `seconds`. */
export async function untilPageAnswers(
  { ended }: Hosting,
  { url, supervised }: Server,
  seconds: number,
): Promise<void> {
  await waitFor(`${url}/health`, seconds, AbortSignal.any([ended, supervised.hopeless]));
  supervised.answers();
}

/**
 * Waits until a model's API answers; where a version was just promoted, until it serves that one. An API whose model
 * got no new champion may serve an earlier one.
 * @returns undefined once it answers, or why it does not.
 */
export async function untilApiAnswers(
  { progress, ended }: Hosting,
  model: string,
  { url, supervised }: Server,
  result: TrainingResult | undefined,
  seconds: number,
): Promise<string | undefined> {
  const trained = result?.outcome === "promoted" || result?.outcome === "unchanged";
  try {
    await waitFor(
      `${url}/ready`,
      trained ? seconds : EARLIER_CHAMPION,
      AbortSignal.any([ended, supervised.hopeless]),
      (body) => {
        const ready = JSON.parse(body) as { model: { version: string } };
        return result?.outcome !== "promoted" || ready.model.version === result.version;
      },
    );
  } catch (error) {
    return reasonOf(error);
  }
  supervised.answers();
  progress.say(`${model}: ${trained ? "answers" : "an earlier version answers"} on ${url}`);
  return undefined;
}
