import path from "node:path";
import process from "node:process";
import { modelsIn } from "../../components/lib/model-file.ts";
import { dataEnv } from "../lib/data-env.ts";
import { findModels } from "../lib/models.ts";
import { ROOT } from "../lib/paths.ts";
import { type RunningLoop, runningLoop } from "../lib/running-loop.ts";
import type { Environment } from "../lib/stack/environment.ts";
import {
  type EnvironmentOptions,
  openEnvironment,
  STACK_OPTIONS,
} from "../lib/stack/open-environment.ts";
import { Failure } from "../lib/failure.ts";
import { asleepSince, needAwake } from "../lib/stack/sleep-mark.ts";
import { publicKeysOf, withDataStore } from "./data-store.ts";
import { ModelRegistry, withMlflow, withRegistry } from "./mlflow.ts";
import { type Replica, replicasOf, servedBy } from "./replicas.ts";

/** Where models are registered and served: a stack's environment on a cluster, or the `npm start` of this machine. */
export interface Place {
  /** For messages, e.g. `staging`. */
  name: string;
  /** The environment on a cluster; undefined for an `npm start`. */
  environment: Environment | undefined;
  /** Where a server's log is, for messages. */
  logs: string;
  /** @throws Failure where nothing runs at the moment. */
  needAwake: () => Promise<void>;
  /** Since when nothing runs; undefined where it does. */
  asleepSince: () => Promise<string | undefined>;
  withRegistry: <T>(work: (registry: ModelRegistry) => Promise<T>) => Promise<T>;
  /** Does `work` with the environment variables by which a program reaches MLflow. */
  withMlflowEnv: <T>(work: (env: Record<string, string>) => Promise<T>) => Promise<T>;
  /** Does `work` with the variables by which a program reaches snapshots, prediction log and the accounts of sources. */
  withDataEnv: <T>(work: (env: Record<string, string>) => Promise<T>) => Promise<T>;
  /** The public keys of which one must have signed a version, apart by blanks; empty where none need have. */
  publicKeys: () => Promise<string>;
  /** The model's YAML, where it is known here. */
  yamlOf: (model: string) => string | undefined;
  /** Who serves a model at the moment. */
  replicasOf: (model: string) => Promise<Replica[]>;
}

/** Options of the commands that work on either. */
export const PLACE_OPTIONS = { ...STACK_OPTIONS, "data-dir": { type: "string" } } as const;

/** For a usage: what they mean. */
export const PLACE_USAGE = `  --stack NAME       of this environment on a cluster; without it, of the \`npm start\` that runs here
  --context NAME     with --stack: context of the kubeconfig, where the stack file names none
  --data-dir DIR     without --stack: the data folder of that \`npm start\` (default .slipway)`;

/** @throws Failure for options that exclude each other, an environment or an `npm start` that is not there. */
export async function openPlace(
  options: EnvironmentOptions & { "data-dir"?: string | undefined },
): Promise<Place> {
  const { stack, context, "data-dir": dataDir } = options;
  if (stack !== undefined && dataDir !== undefined) {
    throw new Failure(
      "--data-dir is of an `npm start`, --stack of a cluster: leave one of them out",
      2,
    );
  }
  if (stack !== undefined) return onCluster(await openEnvironment(options));
  if (context !== undefined) {
    throw new Failure("--context goes with --stack: name the stack, or leave --context out", 2);
  }
  return onThisMachine(runningLoop(dataDir ?? ".slipway"), dataDir ?? ".slipway");
}

function onCluster(environment: Environment): Place {
  return {
    name: environment.stack,
    environment,
    logs: "kubectl logs POD, in the stack's namespace",
    needAwake: () => needAwake(environment),
    asleepSince: () => asleepSince(environment),
    withRegistry: (work) => withRegistry(environment, work),
    withMlflowEnv: (work) =>
      withMlflow(environment, ({ url, username, password }) =>
        work({
          MLFLOW_TRACKING_URI: url,
          MLFLOW_TRACKING_USERNAME: username,
          MLFLOW_TRACKING_PASSWORD: password,
          // MLflow compares the Host header with a list, which has no forwarded port.
          SLIPWAY_MLFLOW_HOST: "127.0.0.1",
        }),
      ),
    withDataEnv: (work) => withDataStore(environment, work),
    publicKeys: () => publicKeysOf(environment),
    yamlOf: inCheckout,
    replicasOf: (model) => replicasOf(environment, model),
  };
}

/** The YAML of the models that a stack trains. */
function inCheckout(model: string): string | undefined {
  return findModels(modelsIn(ROOT).path, []).find(({ name }) => name === model)?.file;
}

function onThisMachine({ mlflow, models, files }: RunningLoop, dataDir: string): Place {
  const logs = `${dataDir}/logs`;
  return {
    name: `npm start on ${dataDir}`,
    environment: undefined,
    logs,
    needAwake: () => Promise.resolve(),
    asleepSince: () => Promise.resolve(undefined),
    yamlOf: (model) => files[model],
    withRegistry: (work) => work(new ModelRegistry(mlflow, { log: `${logs}/mlflow.log` })),
    withMlflowEnv: (work) => work({ MLFLOW_TRACKING_URI: mlflow }),
    withDataEnv: (work) =>
      work({ ...dataEnv(dataDir), PREDICTIONS: path.resolve(dataDir, "predictions") }),
    publicKeys: () => Promise.resolve(process.env["MODEL_PUBLIC_KEYS"] ?? ""),
    replicasOf: (model) => {
      const url = models[model];
      const replica = (at: string): Replica => ({
        name: `${model}-api`,
        served: () => servedBy(at),
        close: () => undefined,
      });
      return Promise.resolve(url === undefined ? [] : [replica(url)]);
    },
  };
}
