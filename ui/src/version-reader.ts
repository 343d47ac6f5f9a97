import { Type, type Static, type TSchema } from "typebox";
import { AnswerCache } from "./answer-cache.ts";
import { Mlflow } from "./mlflow.ts";
import type { ModelVersion, ModelVersions } from "./model-versions.ts";
import type { MlflowSettings } from "./settings.ts";
import { commitOf, fromTags, metricsOf, parametersOf } from "./version-tags.ts";

/** Versions of one answer. */
export const PAGE = 20;
/** Bytes of the largest picture, and how many pictures of a version are named. */
const [MOST_BYTES, MOST_PLOTS] = [1024 * 1024, 12];
/** A picture lies beside the run's other files, never below a folder. */
const PLOT = /^[a-zA-Z0-9][\w-]{0,63}\.png$/;
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

const pairsOf = <Value extends TSchema>(value: Value) =>
  Type.Optional(Type.Array(Type.Object({ key: Type.String(), value: Type.Optional(value) })));
const texts = pairsOf(Type.String());
/** What is no number is none of JSON's either. */
const numbers = pairsOf(Type.Unknown());
const version = Type.Object({
  version: Type.String({ pattern: String.raw`^\d{1,9}$` }),
  creation_timestamp: Type.Optional(Type.Number({ minimum: 0, maximum: 8.64e15 })),
  run_id: Type.Optional(Type.String()),
  tags: texts,
});
const SEARCH = Type.Object({ model_versions: Type.Optional(Type.Array(version)) });
const VERSION = Type.Object({ model_version: version });
const MODEL = Type.Object({
  registered_model: Type.Object({
    aliases: Type.Optional(
      Type.Array(Type.Object({ alias: Type.String(), version: Type.String() })),
    ),
  }),
});
const RUN = Type.Object({
  run: Type.Object({
    info: Type.Object({ experiment_id: Type.String(), artifact_uri: Type.String() }),
    data: Type.Object({ metrics: numbers, params: texts, tags: texts }),
  }),
});
const FILES = Type.Object({
  files: Type.Optional(
    Type.Array(
      Type.Object({
        path: Type.String(),
        is_dir: Type.Optional(Type.Boolean()),
        file_size: Type.Optional(Type.Number()),
      }),
    ),
  ),
});

type Found = Static<typeof version>;
type Run = Static<typeof RUN>["run"];

/** What MLflow knows of a model's versions, asked once for everybody who looks. */
export class VersionReader {
  readonly #mlflow: Mlflow;
  readonly #people: string | undefined;
  /** What changes with each training, and what stays as it was logged. */
  readonly #pages = new AnswerCache<ModelVersions>(5000, 200);
  readonly #runs = new AnswerCache<Run | undefined>(600_000, 500);
  readonly #plots = new AnswerCache<Plots | undefined>(60_000, 200);

  constructor(settings: MlflowSettings) {
    this.#mlflow = new Mlflow(settings);
    this.#people = settings.people;
  }

  /**
   * The newest versions of a model, or the newest that are older than `before`; none where it was never registered.
   *
   * @throws GatewayError where MLflow does not answer, or not like MLflow.
   */
  versions(name: string, before: number | undefined): Promise<ModelVersions> {
    return this.#pages.get(`${before ?? ""} ${name}`, () => this.#page(name, before));
  }

  /** Names of a version's pictures; undefined where there is no such version. */
  async plots(name: string, number: string): Promise<string[] | undefined> {
    return (await this.#plotsOf(name, number))?.names;
  }

  /** A picture of a version; undefined where it has none of that name, whatever else its run may have. */
  async plot(name: string, number: string, file: string): Promise<Buffer | undefined> {
    const plots = PLOT.test(file) ? await this.#plotsOf(name, number) : undefined;
    if (!plots?.names.includes(file)) return undefined;
    const picture = await this.#mlflow.file([...plots.folder, file], MOST_BYTES);
    return picture?.subarray(0, PNG.length).equals(PNG) ? picture : undefined;
  }

  async #page(name: string, before: number | undefined): Promise<ModelVersions> {
    const older = before === undefined ? "" : ` and version_number < ${before}`;
    // One more than is shown tells whether there are more; a name with a quote is none that MLflow would find.
    const query = {
      filter: `name = '${name.replaceAll("'", "")}'${older}`,
      max_results: String(PAGE + 1),
      order_by: "version_number DESC",
    };
    const [found, model] = await Promise.all([
      this.#mlflow.ask("mlflow/model-versions/search", query, SEARCH),
      this.#mlflow.ask("mlflow/registered-models/get", { name }, MODEL),
    ]);
    const listed = found?.model_versions ?? [];
    const aliases = model?.registered_model.aliases ?? [];
    const versions = listed.slice(0, PAGE).map(async (one) => {
      const own = aliases.filter((alias) => alias.version === one.version);
      return this.#described(
        one,
        await this.#run(one.run_id),
        own.map(({ alias }) => alias).sort(),
      );
    });
    return { versions: await Promise.all(versions), more: listed.length > PAGE };
  }

  #described(found: Found, run: Run | undefined, aliases: string[]): ModelVersion {
    const { version, creation_timestamp: registered, run_id: id, tags = [] } = found;
    const { metrics = [], params = [], tags: ofRun = [] } = run?.data ?? {};
    const experiment = encodeURIComponent(run?.info.experiment_id ?? "");
    return {
      version,
      aliases,
      registered: registered === undefined ? null : new Date(registered).toISOString(),
      commit: commitOf(ofRun),
      ...fromTags(tags),
      metrics: metricsOf(metrics),
      parameters: parametersOf(params),
      run:
        run === undefined || this.#people === undefined
          ? null
          : `${this.#people}/#/experiments/${experiment}/runs/${id}`,
    };
  }

  async #run(id: string | undefined): Promise<Run | undefined> {
    if (id === undefined || !/^\w{1,64}$/.test(id)) return undefined;
    const asked = () => this.#mlflow.ask("mlflow/runs/get", { run_id: id }, RUN);
    return this.#runs.get(id, async () => (await asked())?.run);
  }

  #plotsOf(name: string, number: string): Promise<Plots | undefined> {
    return this.#plots.get(`${number} ${name}`, async () => {
      const query = { name, version: number };
      const found = await this.#mlflow.ask("mlflow/model-versions/get", query, VERSION);
      if (found === undefined) return undefined;
      const run = await this.#run(found.model_version.run_id);
      const folder = run && folderOf(run.info.artifact_uri);
      if (folder === undefined) return { names: [], folder: [] };
      const where = { path: folder.join("/") };
      const listed = await this.#mlflow.ask("mlflow-artifacts/artifacts", where, FILES);
      const names = (listed?.files ?? [])
        .filter((file) => file.is_dir !== true && (file.file_size ?? 0) <= MOST_BYTES)
        .map(({ path }) => path)
        .filter((path) => PLOT.test(path));
      return { names: names.sort().slice(0, MOST_PLOTS), folder };
    });
  }
}

interface Plots {
  names: string[];
  /** Where they lie below the proxy of artifacts. */
  folder: string[];
}

/** The folders of an `mlflow-artifacts:` address below MLflow's proxy; undefined for artifacts that lie elsewhere. */
function folderOf(uri: string): string[] | undefined {
  const [, path] = /^mlflow-artifacts:(?:\/\/[^/]*)?\/+(.+?)\/*$/.exec(uri) ?? [];
  const folders = path?.split("/");
  return folders?.every((one) => /^(?!\.+$)[\w.-]+$/.test(one)) ? folders : undefined;
}
