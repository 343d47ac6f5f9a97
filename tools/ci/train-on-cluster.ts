import { execa } from "execa";
import { z } from "zod";
import type { PulumiCall } from "../lib/stack/pulumi-call.ts";
import { modelsIn, readModel } from "../../components/lib/model-file.ts";
import { Failure } from "../lib/failure.ts";
import type { Environment } from "../lib/stack/environment.ts";
import { tell } from "../lib/tell.ts";
import { ownOnly } from "../lib/stack/environment.ts";
import { predictAll } from "../lib/stack/predictions.ts";
import { WITH_POLICIES } from "../lib/stack/pulumi-up.ts";
import { record } from "../lib/stack/records.ts";
import { holdAwake } from "../lib/stack/hold-awake.ts";
import { sleepEnvironment } from "../lib/stack/sleep-environment.ts";
import { asleepSince } from "../lib/stack/sleep-mark.ts";
import { lateInWords, wakeEnvironment } from "../lib/stack/wake-environment.ts";
import { readStack } from "../lib/stack/read-stack.ts";
import { ROOT } from "../lib/paths.ts";
import { explain } from "../lib/explain.ts";
import { withRemedy } from "./remedies.ts";
import { handOn } from "./forge.ts";

/** Exit code of a training whose candidate the gate refused. */
const REJECTED = 3;

const jobs = z.object({
  items: z.array(
    z.object({
      metadata: z.object({
        name: z.string(),
        uid: z.string(),
        labels: z.record(z.string(), z.string()),
        ownerReferences: z.array(z.unknown()).optional(),
      }),
    }),
  ),
});
const pods = z.object({
  items: z.array(
    z.object({
      status: z.object({
        containerStatuses: z
          .array(
            z.object({
              state: z.object({
                terminated: z
                  .object({
                    exitCode: z.number(),
                    message: z.string().optional(),
                    finishedAt: z.string(),
                  })
                  .optional(),
              }),
            }),
          )
          .optional(),
      }),
    }),
  ),
});

/**
 * Wakes the environment if it sleeps, builds the training image if its folder changed, runs the Jobs through the
 * program, asks each API for a prediction, and sends the environment back to sleep, also after a failure.
 *
 * A model that is not deployed yet is left to `deploy`, which trains it as well: of a commit with a new model either of
 * the two may run first.
 *
 * @throws Failure with exit code 3 when a gate refused a model, 1 or 4 when something failed.
 */
export async function trainOnCluster(
  environment: Environment,
  pulumi: PulumiCall,
  requested: string[],
): Promise<void> {
  const { models } = readStack(environment.stack, environment.configFile);
  const chosen = await deployedOnes(
    environment,
    chooseModels(models, requested),
    requested.length > 0,
  );
  if (chosen.length === 0) return;
  const slept = (await asleepSince(environment)) !== undefined;
  handOn("GITHUB_OUTPUT", { slept: String(slept) });
  const problems: unknown[] = [];
  try {
    const late = slept ? await wakeEnvironment(environment) : [];
    if (late.length > 0) throw new Failure(lateInWords(environment, late));
    await holdAwake(environment, () => train(environment, pulumi, chosen));
    await predictAll(environment, ROOT, chosen);
  } catch (error) {
    problems.push(error);
  }
  if (slept) await backToSleep(environment).catch((error: unknown) => problems.push(error));
  if (problems.length === 1) throw problems[0];
  if (problems.length > 1) {
    throw new Failure(
      `${problems.map(explain).join("\n")}\nthe environment is still awake: \`npm run sleep -- --stack ${environment.stack}\``,
    );
  }
}

async function backToSleep(environment: Environment): Promise<void> {
  await sleepEnvironment(environment, true);
  await record(environment, { event: "sleep", result: "ok", note: "after a training" });
  tell(`${environment.namespace} is asleep again`);
}

/** Registered names of the models to train. @throws Failure for one that the stack does not have. */
function chooseModels(models: { file: string }[], requested: string[]): string[] {
  const known = models.map(({ file }) => readModel(modelsIn(ROOT), file));
  const unknown = requested.find((name) => !known.some((model) => matches(model, name)));
  if (unknown !== undefined) {
    const names = known.map(({ name }) => name).join(", ");
    throw new Failure(`--model ${unknown}: this stack has ${names}`, 2);
  }
  return known
    .filter((model) => requested.length === 0 || requested.some((name) => matches(model, name)))
    .map(({ name }) => name);
}

/** Those of `models` that the stack has. @throws Failure where one that is missing was `named`. */
async function deployedOnes(
  { kubectl, namespace, stack }: Environment,
  models: string[],
  named: boolean,
): Promise<string[]> {
  // Each training has one for good, while its Jobs come and go.
  const get = ["get", "networkpolicies", "-l", "app.kubernetes.io/component=training"];
  const { stdout } = await kubectl(["-n", namespace, ...get, "-o", "name"]);
  const there = stdout.split("\n").map((line) => line.split("/").at(-1));
  const missing = models.filter((model) => !there.includes(`${model}-training`));
  for (const model of missing) {
    const what = `${model} is not deployed yet: \`npm run deploy -- --stack ${stack}\` makes its API and trains it`;
    if (named) throw new Failure(what);
    tell(what);
  }
  return models.filter((model) => !missing.includes(model));
}

function matches({ name, file }: { name: string; file: string }, requested: string): boolean {
  return [name, file, file.replace(/\.ya?ml$/, "")].includes(requested);
}

/**
 * The Jobs belong to Pulumi, so Pulumi makes them: the training image and what hangs on the trainings are the only targets.
 * A training that finds the same code, YAML and data registers no second version.
 */
async function train(
  environment: Environment,
  pulumi: PulumiCall,
  models: string[],
): Promise<void> {
  const { kubectl, namespace } = environment;
  const before = await jobsOf(environment);
  await up(environment, pulumi, models);
  const after = await jobsOf(environment);
  // Nothing changed in their image or YAML: the data may have. Pulumi would make the new one beside the old of the same name.
  const same = models.filter((model) => after.get(model)?.uid === before.get(model)?.uid);
  const names = same.flatMap((model) => after.get(model)?.name ?? []);
  if (names.length === 0) return;
  await kubectl([
    "-n",
    namespace,
    "delete",
    "job",
    ...names,
    "--cascade=foreground",
    "--wait",
    "--timeout=120s",
  ]);
  await up(environment, pulumi, same, "--refresh");
}

/** The Job of each model, by the model's name. */
async function jobsOf(
  environment: Environment,
): Promise<Map<string, { name: string; uid: string }>> {
  const { kubectl, namespace } = environment;
  const trainings = ownOnly(environment, "app.kubernetes.io/component=training");
  const { stdout } = await kubectl(["-n", namespace, "get", "jobs", ...trainings, "-o", "json"]);
  return new Map(
    jobs.parse(JSON.parse(stdout)).items.flatMap(({ metadata }) => {
      // Those that a schedule started are not Pulumi's.
      if (metadata.ownerReferences !== undefined) return [];
      const model = metadata.labels["app.kubernetes.io/name"]?.replace(/-training$/, "") ?? "";
      return [[model, metadata] as const];
    }),
  );
}

async function up(
  environment: Environment,
  { command, env, stack, config }: PulumiCall,
  models: string[],
  ...more: string[]
): Promise<void> {
  const targets = [
    "**::training",
    "**::training-*",
    ...models.map((model) => `**::${model}-training`),
  ];
  const args = [...targets.flatMap((urn) => ["--target", urn]), ...WITH_POLICIES, ...more];
  const run = await execa({
    cwd: ROOT,
    env,
    reject: false,
    stdin: "ignore",
    stdout: ["pipe", "inherit"],
    stderr: ["pipe", "inherit"],
    maxBuffer: 2 ** 28,
  })`${command} up --yes --skip-preview ${args} ${stack} ${config}`;
  if (!run.failed) return;
  const refused: string[] = [];
  for (const model of models) if (await wasRefused(environment, model)) refused.push(model);
  if (refused.length > 0) {
    throw new Failure(
      `the gate rejected ${refused.join(", ")}: the champion stays and keeps serving; the table above says which metric failed`,
      REJECTED,
    );
  }
  throw new Failure(withRemedy(`training failed: ${run.stderr || run.stdout.slice(-2000)}`));
}

/** Whether the latest pod of a model's training ended because its gate said no. */
async function wasRefused(environment: Environment, model: string): Promise<boolean> {
  const { kubectl, namespace } = environment;
  const own = ownOnly(environment, `app.kubernetes.io/name=${model}-training`);
  const { stdout } = await kubectl(["-n", namespace, "get", "pods", ...own, "-o", "json"]);
  const ends = pods
    .parse(JSON.parse(stdout))
    .items.flatMap(({ status }) => status.containerStatuses ?? [])
    .flatMap(({ state }) => state.terminated ?? [])
    .sort((a, b) => a.finishedAt.localeCompare(b.finishedAt));
  return ends.at(-1)?.exitCode === REJECTED;
}
