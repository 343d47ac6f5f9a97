import { relative } from "node:path";
import { Failure } from "../local/failure.ts";
import { readStack } from "../render/stack-file.ts";
import { ROOT } from "../sandbox/paths.ts";
import { type Access, accessPulumi } from "./access.ts";
import { readCheckout } from "./checkout.ts";
import { tell } from "./command.ts";
import { type Past, imageHistory, runningPin } from "./image-history.ts";
import { readPins, writePins } from "./pins.ts";
import { predictAll } from "./predictions.ts";
import { livePins, needPassphrase, pulumiUp } from "./pulumi-up.ts";
import { type Entry, readRecords, record } from "./records.ts";
import { needAwake } from "./sleep-mark.ts";

/** Training images are not rolled back: a Job is trained once, and its model has a way back of its own. */
const IMAGES = ["serving", "ui", "mlflow", "minio"];

/** What to go back to, and why. */
export interface ImageWish {
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
export async function rollbackImage(access: Access, wish: ImageWish): Promise<void> {
  const { image, reason = "no reason given" } = wish;
  if (!IMAGES.includes(image)) {
    throw new Failure(`--image ${image}: give one of ${IMAGES.join(", ")}`, 2);
  }
  await needAwake(access);
  const records = await readRecords(access);
  const call = await accessPulumi(access);
  await needPassphrase(call, access.configFile);
  const live = await runningPin(access, image);
  if (live === undefined) {
    throw new Failure(`nothing in ${access.namespace} runs ${image}: deploy it once first`);
  }
  const past = await imageHistory(access, image, records);
  const target = chooseImage({ image, live, past, records, to: wish.to });
  const argocd = readStack(access.stack, access.configFile)["delivery"] === "argocd";
  if (!argocd && !wish.here) await needDeployedCommit(records);

  const before = await readPins(access.configFile);
  await writePins(access.configFile, { ...before, [image]: target });
  const file = relative(ROOT, access.configFile);
  tell(`${file}: slipway:pins.${image} is ${target} (${reason})`);
  const keep = `commit ${file}: until that pin is removed, every deployment runs this image`;
  if (argocd && (image === "serving" || image === "ui")) {
    tell(
      `${keep}; then \`npm run gitops -- --stack ${access.stack} --push\`, which Argo CD rolls out`,
    );
    return;
  }
  await pulumiUp(call, { cwd: ROOT, configFile: access.configFile });
  const models = await predictAll(access);
  const images = await livePins(call, ROOT);
  const note = `${image}: ${reason}`;
  await record(access, { event: "rollback", result: "ok", images, models, left: live, note });
  tell(`${image} runs ${target}; ${keep}`);
}

/**
 * The image to go back to.
 *
 * @param past what ran before, newest first. @throws Failure when it is not among that, or runs already.
 */
export function chooseImage(given: {
  image: string;
  live: string;
  past: readonly Past[];
  records: readonly Entry[];
  to?: string | undefined;
}): string {
  const { image, live, past, records, to } = given;
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
  if (target === live) throw new Failure(`${image} runs ${target} already; --to names another`);
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
