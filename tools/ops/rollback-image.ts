import { relative } from "node:path";
import { pulumiCall } from "../lib/stack/pulumi-call.ts";
import { Failure, reasonOf } from "../lib/failure.ts";
import { readStack } from "../lib/stack/read-stack.ts";
import { ROOT } from "../lib/paths.ts";
import { type Environment } from "../lib/stack/environment.ts";
import { readCheckout } from "../lib/stack/checkout.ts";
import { tell } from "../lib/tell.ts";
import { type Past, imageHistory, imageOf, runningPin } from "./image-history.ts";
import { readPins, writePins } from "./pins.ts";
import { predictAll } from "../lib/stack/predictions.ts";
import { livePins, needPassphrase, pulumiUp } from "../lib/stack/pulumi-up.ts";
import { type Entry, readRecords } from "../lib/stack/history.ts";
import { record } from "../lib/stack/records.ts";
import { holdAwake } from "../lib/stack/hold-awake.ts";
import { needLoaded } from "../lib/stack/loaded-images.ts";
import { STACK as SANDBOX } from "../lib/stack/sandbox.ts";
import { needAwake } from "../lib/stack/sleep-mark.ts";

/** Training images are not rolled back: a Job is trained once, and its model has a way back of its own. */
const IMAGES = ["serving", "ui", "mlflow", "seaweedfs", "minio"];

/** What to go back to, and why. */
export interface ImageOptions {
  image: string;
  /** Digest, tag or reference. @default the image before */
  to?: string | undefined;
  reason?: string | undefined;
  /** Deploy this checkout although another commit was deployed last. */
  here?: boolean | undefined;
}

/**
 * Pins an earlier image in the stack file and rolls it out with `pulumi up`. Any later `up` runs the pinned image too,
 * until somebody removes the pin: a rollback that the next merge undid would be none.
 */
export async function rollbackImage(
  environment: Environment,
  requested: ImageOptions,
): Promise<void> {
  const { image, reason = "no reason given" } = requested;
  if (!IMAGES.includes(image)) {
    throw new Failure(`--image ${image}: give one of ${IMAGES.join(", ")}`, 2);
  }
  await needAwake(environment);
  const records = await readRecords(environment);
  const call = await pulumiCall(environment);
  needPassphrase(call, environment.configFile);
  const live = await runningPin(environment, image);
  if (live === undefined) {
    throw new Failure(`nothing in ${environment.namespace} runs ${image}: deploy it once first`);
  }
  const past = await imageHistory(environment, image, records);
  const pinned: Record<string, string | undefined> = readPins(environment.configFile);
  const begun = unfinished(image, pinned[image], records);
  const target = chooseImage({ image, live, past, records, begun, to: requested.to });
  const argocd = readStack(environment.stack, environment.configFile).delivery === "argocd";
  if (!argocd && !requested.here) await needDeployedCommit(records);
  await needLoaded(
    environment,
    [target],
    "nothing was changed; --to names another, or check out the commit that builds it",
  );

  const note = `${image}: ${reason}`;
  const left = (begun === undefined ? undefined : lastOf(image, records)) ?? live;
  // Before the pin: whatever ends what this begins, the next rollback leads further back.
  await record(environment, { event: "rollback", result: "begun", left, note });
  writePins(environment.configFile, { [image]: target });
  const file = relative(ROOT, environment.configFile);
  const again = target === begun ? ", where a run that did not end well had put it" : "";
  tell(`${file}: slipway:pins.${image} is ${target} (${reason})${again}`);
  const lasting = "until that pin is removed, every deployment runs this image";
  // Git knows nothing of the sandbox's own file.
  const keep = environment.stack === SANDBOX ? lasting : `commit ${file}: ${lasting}`;
  if (argocd && (image === "serving" || image === "ui")) {
    tell(
      `${keep}; then \`npm run gitops -- --stack ${environment.stack} --push\`, which Argo CD rolls out`,
    );
    return;
  }
  const up = { cwd: ROOT, configFile: environment.configFile };
  const models = await pinnedAlready(environment, image, async () => {
    await holdAwake(environment, () => pulumiUp(call, up));
    return predictAll(environment);
  });
  const images = await livePins(call, ROOT);
  await record(environment, { event: "rollback", result: "ok", images, models, left, note });
  tell(`${image} runs ${target}; ${keep}`);
}

/** What fails after the pin was written leaves it: the next deployment would run that image. */
async function pinnedAlready<T>(
  { configFile, stack }: Environment,
  image: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const file = relative(ROOT, configFile);
    throw new Failure(
      `${reasonOf(error)}\n${file} still pins ${image}. To run again what ran: remove 'slipway:pins.${image}' there, ` +
        `then \`npm run deploy -- --stack ${stack}\` (docs/runbooks/roll-back-an-image.md)`,
    );
  }
}

/** The image that the last thing which ended well ran. */
function lastOf(image: string, records: readonly Entry[]): string | undefined {
  const last = records.findLast(({ images, result }) => result === "ok" && images !== undefined);
  return Object.values(last?.images ?? {}).find((pin) => imageOf(pin) === image);
}

/**
 * What the stack file pins and nothing ended well with: a rollback was killed or failed. Half of the pods may run it, so
 * that what runs does not say where it came from.
 */
export function unfinished(
  image: string,
  pinned: string | undefined,
  records: readonly Entry[],
): string | undefined {
  const last = lastOf(image, records);
  return last === undefined || last === pinned ? undefined : pinned;
}

/**
 * The image to go back to.
 *
 * @param past what ran before, newest first. @param begun pinned by a rollback that did not end well, which is gone on
 * with. @throws Failure when it is not among that, or runs already.
 */
export function chooseImage(given: {
  image: string;
  live: string;
  past: readonly Past[];
  records: readonly Entry[];
  begun?: string | undefined;
  to?: string | undefined;
}): string {
  const { image, live, past, records, begun, to } = given;
  if (to === undefined && begun !== undefined) return begun;
  const known = past.map(({ pin, at }) => `  ${pin} (${at})`).join("\n") || "  none";
  const left = records.flatMap((entry) => (entry.left === undefined ? [] : [entry.left]));
  const target =
    to === undefined
      ? past.find(({ pin }) => pin !== live && !left.includes(pin))?.pin
      : (past.find(({ pin }) => matches(pin, to))?.pin ?? (to.includes("/") ? to : undefined));
  if (target === undefined) {
    const what = to === undefined ? `no earlier image of ${image}` : `--to ${to}: no such image`;
    throw new Failure(`${what}; known, newest first:\n${known}\n--to also takes a whole reference`);
  }
  if (target === live && target !== begun)
    throw new Failure(`${image} runs ${target} already; --to names another`);
  return target;
}

function matches(pin: string, to: string): boolean {
  const [tagged = "", digest = ""] = pin.split("@");
  return pin === to || digest === to || tagged.endsWith(`:${to.slice(0, 7)}`);
}

/** An `up` from another commit would change more than the one image. */
async function needDeployedCommit(records: readonly Entry[]): Promise<void> {
  const last = records.findLast(({ sha, result }) => sha !== undefined && result === "ok");
  const { sha } = await readCheckout();
  if (last?.sha === undefined || last.sha === sha) return;
  throw new Failure(
    `${last.sha.slice(0, 7)} is deployed, but ${sha.slice(0, 7)} is checked out and would be deployed with the pin: ` +
      `git checkout ${last.sha.slice(0, 7)}, or add --here`,
  );
}
