import type { StackConfig } from "../../../components/config/schema.ts";
import type { EgressRule } from "../../../components/lib/network.ts";
import { tell } from "../../lib/tell.ts";
import { confirm } from "../../lib/confirm.ts";
import { Failure } from "../../lib/failure.ts";
import type { Deployment } from "../../lib/kubernetes.ts";
import { evaluateFile } from "../../lib/program/evaluate.ts";
import type { Environment } from "../../lib/stack/environment.ts";
import { type PulumiCall, pulumiCall } from "../../lib/stack/pulumi-call.ts";
import { needPassphrase } from "../../lib/stack/pulumi-up.ts";
import { readStack } from "../../lib/stack/read-stack.ts";
import { record } from "../../lib/stack/records.ts";
import { holdAwake } from "../../lib/stack/hold-awake.ts";
import { needAwake } from "../../lib/stack/sleep-mark.ts";
import { editStackFile, PROJECT } from "../../lib/stack/stack-file.ts";
import { putInOrder } from "../../lib/stack/state.ts";
import { noteOfData } from "./data-bucket.ts";
import { runMoveJob } from "./job.ts";
import { givenAccount, makeServer, settingsOf, stillOurs } from "./new-place.ts";
import {
  type Connection,
  connect,
  egressOf,
  liveMlflow,
  type Place,
  placesOf,
  type Subject,
  wantedMlflow,
} from "./places.ts";
import { saveSource, savedSource } from "./saved-source.ts";
import { markMoved, scaleUp, stopMlflow } from "./stand-still.ts";

/** How to move. */
export interface MoveOptions {
  /** Do not ask. */
  yes: boolean;
  /** Suspend a training that runs. */
  force: boolean;
  /** Let what is at the new place already go, where the old one has the same. */
  overwrite: boolean;
}

interface Move {
  subject: Subject;
  mlflow: Deployment;
  from: Place;
  to: Place;
  egress: EgressRule[];
  config: StackConfig;
  call: PulumiCall;
}

/**
 * Copies a stack's data from where its MLflow keeps them to where the stack file says, compares both, and writes into the
 * stack file what lets the old volume stay (docs/adr/0029-data-move-while-mlflow-stands-still.md).
 *
 * @throws Failure where anything differs afterwards; then nothing counts as moved.
 */
export async function moveData(
  environment: Environment,
  subject: Subject,
  options: MoveOptions,
): Promise<void> {
  const { stack, configFile, context } = environment;
  await needAwake(environment);
  const config = readStack(stack, configFile);
  const call = await pulumiCall(environment);
  needPassphrase(call, configFile);
  const mlflow = await liveMlflow(environment);
  if (mlflow === undefined) {
    throw new Failure(`no MLflow runs yet: \`npm run deploy -- --stack ${stack}\` first`);
  }
  const evaluation = await evaluateFile(stack, configFile);
  const from = placesOf(mlflow)[subject];
  const to = placesOf(wantedMlflow(evaluation))[subject];
  const egress = await egressOf(environment, evaluation);
  const move = { subject, mlflow, from, to, egress, config, call };
  needOther(move);
  // One that was killed may have left it without.
  await putInOrder(call);
  const kept = await stillOurs(environment, call, subject, config);
  tell(`${subject} of ${stack}: ${from.address} → ${to.address}`);
  const note = await noteOfData(environment, subject);
  if (note !== undefined) tell(note);
  if (!options.yes) {
    await confirm(`MLflow stands still from now to the next deployment. Move on ${context}?`);
  }

  await holdAwake(environment, () => moveHeld(environment, { ...move, evaluation, kept }, options));
}

/** The move itself, while nothing falls asleep. */
async function moveHeld(
  environment: Environment,
  {
    evaluation,
    kept,
    ...move
  }: Move & {
    evaluation: Awaited<ReturnType<typeof evaluateFile>>;
    kept: Awaited<ReturnType<typeof stillOurs>>;
  },
  options: MoveOptions,
): Promise<void> {
  const { subject, config, from, call } = move;
  const ours = settingsOf(subject, config).kind !== "external";
  try {
    await stopMlflow(environment, options.force);
    const saved = await savedSource(environment, subject, from);
    const source = saved ?? (await connect(environment, from));
    if (ours) {
      // Makes the account the new place's.
      await saveSource(environment, subject, source);
      await makeServer(environment, call, evaluation, subject);
    }
    await copy(environment, move, source, options.overwrite);
  } catch (error) {
    await goOn(environment, subject, ours);
    throw error;
  }
  await finish(environment, move, kept);
}

function needOther({ subject, from, to }: Move): void {
  if (from.address !== to.address) return;
  throw new Failure(
    `the stack file keeps the ${subject} where they are (${from.address}): ` +
      `write the new place into ${PROJECT}:${subject === "database" ? "database" : "objectStore"} first`,
  );
}

async function copy(
  environment: Environment,
  { subject, mlflow, to, egress, config, call }: Move,
  source: Connection,
  overwrite: boolean,
): Promise<void> {
  const account =
    settingsOf(subject, config).kind === "external"
      ? await givenAccount(call, subject, to)
      : await connect(environment, to);
  const target = { ...to, ...account };
  const [container] = mlflow.spec.template.spec?.containers ?? [];
  const image = subject === "database" ? config.images.postgres : (container?.image ?? "");
  const openshift = config.platform === "openshift";
  const run = { subject, source, target, image, mlflow, egress, openshift, overwrite };
  await runMoveJob(environment, run);
}

/** MLflow runs again after a failure, unless its account is the new place's already. */
async function goOn(environment: Environment, subject: Subject, ours: boolean): Promise<void> {
  const { stack } = environment;
  if (ours) {
    tell(
      `MLflow stands still: run \`npm run move -- ${subject} --stack ${stack}\` again, or take the edit back and \`npm run deploy -- --stack ${stack}\``,
    );
    return;
  }
  await scaleUp(environment);
  tell("nothing was moved; MLflow runs where it was");
}

async function finish(
  environment: Environment,
  { subject, from, to }: Move,
  kept: StackConfig["movedFrom"],
): Promise<void> {
  const { stack, configFile } = environment;
  const movedFrom = Object.keys(kept).length > 0 ? kept : undefined;
  editStackFile(configFile, { [`${PROJECT}:movedFrom`]: movedFrom });
  await markMoved(environment, subject, to);
  const note = `${subject} from ${from.address} to ${to.address}`;
  await record(environment, { event: "move", result: "ok", note });
  tell(
    `moved and compared; the old place is as it was, and Pulumi.${stack}.yaml keeps its volume. Next:\n` +
      `  npm run deploy -- --stack ${stack}`,
  );
}
