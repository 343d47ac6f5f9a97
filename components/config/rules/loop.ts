import { batchName } from "../../well-known.ts";
import { changingSource, retrainsWhen } from "../../lib/model-file.ts";
import { longestGap } from "../../lib/schedule-gap.ts";
import type { StackConfig } from "../schema.ts";
import { type Context, type Rule, rule, when } from "./rule.ts";

/** Of an older monitoring `retrain` holds nothing for known (training/src/training/retraining/reasons.py), and its run takes its time. */
const WEEK = 7 * 86_400;

/** A CronJob leaves 11 characters of a DNS label to its Jobs' names. */
const CRON_JOB = 52;

/** What keeps predictions, trains again and answers in batches. */
export const loopRules: Rule[] = [
  rule(["models", "objectStore"], ({ models, objectStore }, context) => {
    const first = firstNeed(models, context);
    if (first === undefined) return [];
    return [
      ...when(
        objectStore.kind === "minio",
        first.path,
        `needs a bucket of its own, which our MinIO does not get: move to SeaweedFS first (docs/runbooks/move-data.md), or remove ${first.remove}`,
      ),
      ...when(
        objectStore.kind === "external" && !/^[a-z]+:\/\/[^/]+\/?$/.test(objectStore.endpoint),
        "objectStore.endpoint",
        `has a path, by which no prediction is stored: write the address of the S3 service alone, or remove ${first.remove}`,
      ),
      ...when(
        objectStore.kind === "external" && objectStore.data === undefined,
        "objectStore.data",
        `is missing: ${first.path} needs a second bucket with two accounts; add it, or remove ${first.remove}`,
      ),
    ];
  }),

  rule(["models", "objectStore"], ({ models, objectStore }, context) =>
    each(models, context, ({ batch }, _, path) =>
      batch.flatMap(({ source, credentials, endpoint, to, toCredentials, toEndpoint }, index) =>
        when(
          source.startsWith("s3:") &&
            to?.startsWith("s3:") === true &&
            credentials === toCredentials &&
            endpoint !== toEndpoint &&
            !(endpoint === undefined && isOwn(objectStore, source)) &&
            !(toEndpoint === undefined && isOwn(objectStore, to)),
          `${path}.batch.${index}.toEndpoint`,
          "is another S3 service than 'endpoint', and both have one account: state the same, or name a Secret for each",
        ),
      ),
    ),
  ),

  rule(["models"], ({ models }, context) => sameNames(models, context)),

  rule(["models"], ({ models }, context) =>
    each(models, context, (entry, file, path) => [
      ...when(
        entry.retrain !== undefined && retrainsWhen(file.content) === undefined,
        `${path}.retrain`,
        `has no effect: ${file.file} has no 'retrain.when', which says what is a reason; add it there, or remove the key`,
      ),
      ...when(
        entry.retrain !== undefined && changingSource(file.content) === undefined,
        `${path}.retrain`,
        `would train from the same rows each time, as 'data.source' of ${file.file} stays: name a source that changes (training/docs/changing-data.md), or remove the key`,
      ),
      ...when(
        entry.capture === undefined && asksMonitoring(entry, file),
        `${path}.capture`,
        `is missing: 'retrain.when' of ${file.file} asks for drift or performance, which are worked out from predictions that are kept; add the key`,
      ),
      ...(entry.capture?.labels ? unreadable(`${path}.capture.labels`, entry.capture.labels) : []),
      ...when(
        entry.capture !== undefined &&
          asksMonitoring(entry, file) &&
          longestGap(entry.capture.schedule) > WEEK,
        `${path}.capture.schedule`,
        `comes less often than once a week, and 'retrain.when' of ${file.file} asks for drift or performance, of which after a week nothing is known: name a schedule such as '20 3 * * 1'`,
      ),
      ...entry.batch.flatMap(({ name, source, query, table }, index) => {
        const at = `${path}.batch.${index}`;
        const whole = batchName(file.name, name);
        return [
          ...when(
            whole.length > CRON_JOB,
            `${at}.name`,
            `makes the CronJob ${whole}, which has ${whole.length} characters of ${CRON_JOB}: shorten it`,
          ),
          ...when(
            entry.batch.findIndex((other) => other.name === name) !== index,
            `${at}.name`,
            `(${name}) is that of another batch of the model: give it another`,
          ),
          ...unreadable(at, { source, query, table }),
        ];
      }),
    ]),
  ),
];

/** What is wrong with a place where rows of others are read. */
function unreadable(
  at: string,
  { source, query, table }: Pick<Models[number]["batch"][number], "source" | "query" | "table">,
): ReturnType<Rule> {
  const postgres = /^postgres(ql)?:\/\//.test(source);
  return [
    ...when(
      !/^(s3|gs|https?|postgres(ql)?):\/\//.test(source),
      `${at}.source`,
      "is no address that a pod can read: s3://, gs://, https:// or postgres://",
    ),
    ...when(
      /\/\/[^/]*@/.test(source),
      `${at}.source`,
      "holds an account, and an address is shown to everyone: name a Secret as 'credentials'",
    ),
    ...when(
      postgres !== ((query === undefined) !== (table === undefined)),
      `${at}.source`,
      postgres
        ? "needs either 'query' or 'table', which say what is read"
        : "is no database: 'query' and 'table' are for postgres:// alone; remove them",
    ),
  ];
}

/** Whether a reason to train is looked for in what monitoring finds. */
function asksMonitoring({ retrain }: Models[number], file: File): boolean {
  const reasons = retrain === undefined ? [] : (retrainsWhen(file.content) ?? []);
  return reasons.some((reason) => reason !== "rows");
}

/** Two models may make the same name of a batch, as hyphens are part of names. */
function sameNames(models: Models, { models: files }: Context): ReturnType<Rule> {
  const all = files.flatMap(({ index, file }) =>
    (models[index]?.batch ?? []).map(({ name }, at) => ({
      path: `models.${index}.batch.${at}.name`,
      index,
      whole: batchName(file?.name ?? "", name),
    })),
  );
  return all.flatMap(({ path, index, whole }, position) => {
    const first = all.findIndex((other) => other.whole === whole && other.index !== index);
    return when(
      first !== -1 && first < position,
      path,
      `makes the CronJob ${whole}, as a batch of another model does: give it another name`,
    );
  });
}

type Models = StackConfig["models"];
type File = NonNullable<Context["models"][number]["file"]>;

function each(
  models: Models,
  { models: files }: Context,
  problems: (entry: Models[number], file: File, path: string) => ReturnType<Rule>,
): ReturnType<Rule> {
  return files.flatMap(({ index, file }) => {
    const entry = models[index];
    return entry && file ? problems(entry, file, `models.${index}`) : [];
  });
}

/** Whether an address is in the stack's own bucket of data. */
function isOwn(store: StackConfig["objectStore"], address: string): boolean {
  const bucket = store.kind === "external" ? store.data?.bucket : "data";
  return typeof bucket === "string" && address.startsWith(`s3://${bucket}/`);
}

/** The first key for which there must be a bucket of data. */
function firstNeed(models: Models, { models: files }: Context) {
  for (const [index, { capture, batch }] of models.entries()) {
    const path = `models.${index}`;
    if (capture) return { path: `${path}.capture`, remove: "the key" };
    if (batch.length > 0) return { path: `${path}.batch`, remove: "the key" };
    const file = files.find((one) => one.index === index)?.file;
    if (file && changingSource(file.content) !== undefined) {
      return { path: `${path}.file`, remove: "the model, whose 'data.source' changes" };
    }
  }
  return undefined;
}
