import { setTimeout as pause } from "node:timers/promises";
import { tell } from "../../lib/tell.ts";
import { Failure } from "../../lib/failure.ts";
import type { Deployment } from "../../lib/kubernetes.ts";
import type { Environment } from "../../lib/stack/environment.ts";
import {
  jobsToSuspend,
  REPLICAS,
  suspend,
  untilPodsAreGone,
} from "../../lib/stack/sleep-environment.ts";
import { asleepSince } from "../../lib/stack/sleep-mark.ts";
import {
  lateInWords,
  notReadyAfter,
  resumeTrainings,
  scaleBack,
} from "../../lib/stack/wake-environment.ts";
import { listWorkloads, setOwn, type Workload } from "../../lib/stack/workloads.ts";
import { forgetSources } from "./saved-source.ts";
import { liveMlflow, type Place, placesOf, SUBJECTS, type Subject } from "./places.ts";

/** Annotations of a MLflow that stands still, with the address that its data were copied to; gone once it is scaled up. */
const MOVED = "slipway/moved-";

/** Where the data were copied to while MLflow stood still; undefined where it has run since. */
export function movedTo({ metadata }: Pick<Deployment, "metadata">, subject: Subject) {
  return metadata.annotations?.[`${MOVED}${subject}`];
}

/**
 * Ends MLflow, which alone writes to either store, and suspends what it would fail: trainings. Prediction APIs serve on
 * the versions that they have.
 *
 * @param force suspend a training that runs, instead of refusing.
 */
export async function stopMlflow(environment: Environment, force: boolean): Promise<void> {
  await suspend(environment, await jobsToSuspend(environment, force));
  const mlflow = await mlflowWorkload(environment);
  await holdStill(environment, mlflow, {});
  await untilPodsAreGone(environment, [mlflow]);
  tell("MLflow stands still; prediction APIs serve on");
}

/** Remembers on MLflow that a copy is whole, and where it is. */
export async function markMoved(
  environment: Environment,
  subject: Subject,
  { address }: Place,
): Promise<void> {
  const mlflow = await mlflowWorkload(environment);
  await holdStill(environment, mlflow, { [`${MOVED}${subject}`]: address });
}

/** MLflow's Deployment. @throws Failure where there is none. */
export async function mlflowWorkload(environment: Environment): Promise<Workload> {
  const all = await listWorkloads(environment, "Deployment");
  const found = all.find(({ metadata }) => metadata.name === "mlflow");
  if (found === undefined) {
    const { namespace, stack } = environment;
    throw new Failure(
      `${namespace} has no Deployment mlflow: \`npm run deploy -- --stack ${stack}\``,
    );
  }
  return found;
}

async function holdStill(
  environment: Environment,
  mlflow: Workload,
  marks: Record<string, string>,
): Promise<void> {
  const { annotations = {} } = mlflow.metadata;
  const ours = Object.entries(annotations).filter(
    ([key]) => key === REPLICAS || key.startsWith(MOVED),
  );
  const replicas = { [REPLICAS]: String(mlflow.spec.replicas ?? 1) };
  await setOwn(environment, mlflow, {
    annotations: { ...replicas, ...Object.fromEntries(ours), ...marks },
    spec: { replicas: 0 },
  });
}

/**
 * Refuses to give a MLflow that runs or ran another place than its data are at: it would begin there without them.
 *
 * @param wanted places that it is to have.
 */
export async function needMoved(
  environment: Environment,
  wanted: Record<Subject, Place>,
): Promise<void> {
  const live = await liveMlflow(environment);
  if (live === undefined) return;
  const old = placesOf(live);
  const left = SUBJECTS.filter(
    (subject) =>
      old[subject].address !== wanted[subject].address &&
      movedTo(live, subject) !== wanted[subject].address,
  );
  if (left.length === 0) return;
  const lines = left.map(
    (subject) =>
      `- the ${subject} would be left at ${old[subject].address}, as MLflow begins at ${wanted[subject].address}: ` +
      `\`npm run move -- ${subject} --stack ${environment.stack}\` takes them along`,
  );
  throw new Failure(
    `nothing was changed:\n${lines.join("\n")}\nWhere they are there already, or MLflow is to begin anew, add --leave-data`,
  );
}

/**
 * Does `work`, an `up`; a MLflow that stands still for a move is scaled up as soon as it has its new place, and at the end in
 * any case.
 */
export async function withMlflowBack<T>(
  environment: Environment,
  work: () => Promise<T>,
): Promise<T> {
  const before = await liveMlflow(environment);
  const still = before?.metadata.annotations?.[REPLICAS] !== undefined;
  if (before === undefined || !still || (await asleepSince(environment)) !== undefined)
    return work();
  const over = new AbortController();
  const follow = wakeOncePlaced(environment, before, over.signal);
  let result: T;
  try {
    result = await work();
  } finally {
    over.abort();
    await follow;
    await scaleUp(environment);
  }
  await forgetSources(environment);
  const late = await notReadyAfter(environment, [await mlflowWorkload(environment)]);
  if (late.length > 0) tell(lateInWords(environment, late));
  return result;
}

/** Ends what {@link stopMlflow} began; what runs already is left alone. */
export async function scaleUp(environment: Environment): Promise<void> {
  await scaleBack(environment, await mlflowWorkload(environment));
  await resumeTrainings(environment);
}

async function wakeOncePlaced(
  environment: Environment,
  before: Deployment,
  signal: AbortSignal,
): Promise<void> {
  const old = placesOf(before);
  while (!signal.aborted) {
    // Whatever goes wrong here is done once more at the end, where it is told.
    const now = await liveMlflow(environment).catch(() => undefined);
    const places = now && placesOf(now);
    if (places && SUBJECTS.some((one) => places[one].address !== old[one].address)) {
      await scaleBack(environment, await mlflowWorkload(environment));
      return;
    }
    await pause(1000, undefined, { signal }).catch(() => undefined);
  }
}
