import type { Limits } from "./config.ts";
import { parseJson } from "./json.ts";
import { answerWriter } from "./model/answer.ts";
import { loadModel } from "./model/load.ts";
import { PackageError } from "./model/package-error.ts";
import type { ServedModel } from "./model/served-model.ts";
import { Problem } from "./problem.ts";
import { FolderSource } from "./registry/folder.ts";
import { SourceError } from "./registry/source.ts";
import { readRows } from "./routes/rows.ts";

/** Why the server would refuse a package, or the rows. */
interface Refusal {
  /** A failed check of the package, `unavailable` for files that are not there, `rows` for the rows. */
  readonly reason: string;
  readonly detail: string;
}

/** What the server would do with a package; answers are JSON text, to the digit as `/predict` gives them. */
export type CheckResult =
  | { readonly refusal: Refusal }
  | {
      readonly refusal?: never;
      readonly model: string;
      /** The answer to the package's example row. */
      readonly example: string;
      /** The answer to the body, where one was given. */
      readonly answer?: string;
    };

/** Loads a package's folder as the server does; answers its example row and, where given, a `/predict` body. */
export async function checkPackage(
  folder: string,
  limits: Limits,
  body?: string,
): Promise<CheckResult> {
  let model: ServedModel | undefined;
  try {
    model = await loadModel(await new FolderSource(folder).resolve(), limits);
    const example = await answer(model, JSON.stringify(model.package.example), limits);
    return {
      model: model.name,
      example,
      ...(body !== undefined && { answer: await answer(model, body, limits) }),
    };
  } catch (error) {
    return { refusal: refusalOf(error) };
  } finally {
    await model?.release();
  }
}

async function answer(model: ServedModel, body: string, { depth }: Limits): Promise<string> {
  const { rows, pathOf, single } = readRows(parseJson(body, depth), body, depth);
  const scores = await model.score(model.validate(rows, pathOf));
  const write = answerWriter(model);
  return single ? write(scores, 0) : `[${rows.map((_, row) => write(scores, row)).join(",")}]`;
}

function refusalOf(error: unknown): Refusal {
  const { message } = error as Error;
  if (error instanceof PackageError) return { reason: error.fault, detail: message };
  if (error instanceof SourceError) return { reason: "unavailable", detail: message };
  if (error instanceof Problem) {
    const faults = error.errors.map(({ path, detail }) => `${path} ${detail}`);
    return { reason: "rows", detail: [message, ...faults].join("; ") };
  }
  throw error;
}
