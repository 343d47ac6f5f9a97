import { join } from "node:path";
import { execa } from "execa";
import { z } from "zod";
import { readModel } from "../../components/lib/model-file.ts";
import { Failure, reasonOf } from "../local/failure.ts";
import type { Access, PulumiCall } from "../ops/access.ts";
import { readStack } from "../render/stack-file.ts";
import { ROOT } from "../sandbox/paths.ts";
import { explain } from "./command.ts";
import { handOn } from "./forge.ts";
import { tokenFor } from "./token.ts";

/** Annotation of a sleeping environment's namespace, as `npm run sleep` writes it. */
const ASLEEP = "slipway/asleep-since";
/** Exit code of a training whose candidate the gate refused. */
const REJECTED = 3;

const settings = z.object({
  models: z.array(z.object({ file: z.string() })),
  auth: z.object({ issuer: z.string(), audience: z.string() }).optional(),
});
const namespaced = z.object({
  metadata: z.object({ annotations: z.record(z.string(), z.string()).optional() }),
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
 * @throws Failure with exit code 3 when a gate refused a model, 1 or 4 when something failed.
 */
export async function trainOnCluster(
  access: Access,
  pulumi: PulumiCall,
  wish: string[],
): Promise<void> {
  const { models, auth } = settings.parse(readStack(access.stack, access.configFile));
  const chosen = chooseModels(models, wish);
  // Asked first: a missing secret must not cost a training.
  const token = await tokenFor(auth);
  const slept = await sleeps(access);
  handOn("GITHUB_OUTPUT", { slept: String(slept) });
  const problems: unknown[] = [];
  try {
    if (slept) await npm("wake", access);
    await train(access, pulumi, chosen);
    for (const model of chosen) await askApi(access, model, auth !== undefined, token);
  } catch (error) {
    problems.push(error);
  }
  if (slept) await npm("sleep", access).catch((error: unknown) => problems.push(error));
  if (problems.length === 1) throw problems[0];
  if (problems.length > 1) {
    throw new Failure(`${problems.map(explain).join("\n")}\nthe environment is still awake`);
  }
}

/** Registered names of the models to train. @throws Failure for one that the stack does not have. */
export function chooseModels(models: { file: string }[], wish: string[]): string[] {
  const known = models.map(({ file }) => readModel(ROOT, file));
  const unknown = wish.find((name) => !known.some((model) => matches(model, name)));
  if (unknown !== undefined) {
    const names = known.map(({ name }) => name).join(", ");
    throw new Failure(`--model ${unknown}: this stack has ${names}`, 2);
  }
  return known
    .filter((model) => wish.length === 0 || wish.some((name) => matches(model, name)))
    .map(({ name }) => name);
}

function matches({ name, file }: { name: string; file: string }, wish: string): boolean {
  return [name, file, file.replace(/\.ya?ml$/, "")].includes(wish);
}

async function sleeps({ kubectl, namespace }: Access): Promise<boolean> {
  const { stdout } = await kubectl(["get", "namespace", namespace, "-o", "json"]);
  return namespaced.parse(JSON.parse(stdout)).metadata.annotations?.[ASLEEP] !== undefined;
}

async function npm(script: "wake" | "sleep", { stack, context }: Access): Promise<void> {
  const args = ["--stack", stack, ...(stack === "sandbox" ? [] : ["--context", context])];
  await execa({
    cwd: ROOT,
    stdio: ["ignore", "inherit", "inherit"],
  })`npm run --silent ${script} -- ${args}`;
}

/**
 * The Jobs belong to Pulumi, so Pulumi replaces them: the training image and what hangs on the trainings are the only
 * targets. A training that finds the same code, YAML and data registers no second version.
 */
async function train(
  access: Access,
  { command, env, stack, config }: PulumiCall,
  models: string[],
): Promise<void> {
  const targets = [
    "**::training",
    "**::training-*",
    ...models.map((model) => `**::${model}-training`),
  ];
  const jobs = models.map((model) => `**batch/v1:Job::${model}-training`);
  const args = [
    ...targets.flatMap((urn) => ["--target", urn]),
    ...jobs.flatMap((urn) => ["--replace", urn]),
  ];
  const policy = ["--policy-pack", join(ROOT, "policy")];
  const up = await execa({
    cwd: ROOT,
    env,
    reject: false,
    stdin: "ignore",
    stdout: ["pipe", "inherit"],
    stderr: ["pipe", "inherit"],
    maxBuffer: 2 ** 28,
  })`${command} up --yes --skip-preview ${args} ${policy} ${stack} ${config}`;
  if (!up.failed) return;
  const refused: string[] = [];
  for (const model of models) if (await wasRefused(access, model)) refused.push(model);
  if (refused.length > 0) {
    throw new Failure(
      `the gate rejected ${refused.join(", ")}: the champion stays and keeps serving; the table above says which figure failed`,
      REJECTED,
    );
  }
  throw new Failure(`training failed: ${explain(up)}`);
}

/** Whether the latest pod of a model's training ended because its gate said no. */
async function wasRefused({ kubectl, namespace }: Access, model: string): Promise<boolean> {
  const selector = `app.kubernetes.io/name=${model}-training`;
  const { stdout } = await kubectl(["-n", namespace, "get", "pods", "-l", selector, "-o", "json"]);
  const ends = pods
    .parse(JSON.parse(stdout))
    .items.flatMap(({ status }) => status.containerStatuses ?? [])
    .flatMap(({ state }) => state.terminated ?? [])
    .sort((a, b) => a.finishedAt.localeCompare(b.finishedAt));
  return ends.at(-1)?.exitCode === REJECTED;
}

async function askApi(
  access: Access,
  model: string,
  auth: boolean,
  token: string | undefined,
): Promise<void> {
  const env = {
    ...access.env,
    KUBE_CONTEXT: access.context,
    NAMESPACE: access.namespace,
    SERVICE: `${model}-api`,
    PORT: "8000",
    AUTH: String(auth),
    ...(token === undefined ? {} : { SLIPWAY_TOKEN: token }),
  };
  const { stdout } = await execa({
    cwd: ROOT,
    env,
  })`node --import tsx tools/check-prediction.ts`.catch((error: unknown) => {
    throw new Failure(`trained, but ${model}-api does not predict: ${reasonOf(error)}`);
  });
  process.stdout.write(`${stdout}\n`);
}
