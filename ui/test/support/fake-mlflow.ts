import { PAGE } from "../../src/version-reader.ts";
import type { FakeApi } from "./fake-api.ts";

/** A version as a test wants it; its run is `run-<version>`. */
export interface FakeVersion {
  version: number;
  tags?: Record<string, string>;
  aliases?: string[];
  /** Of the run. */
  metrics?: Record<string, unknown>;
  params?: Record<string, string>;
  runTags?: Record<string, string>;
  /** Files of the run by name, of so many bytes. */
  files?: Record<string, number>;
}

/** Bytes that are a picture, one pixel large. */
export const PIXEL = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAAAABJRU5ErkJggg==",
  "base64",
);

const API = "/api/2.0";
/** In the order of MLflow 3.17.2's answers, which these are forms of. */
const REGISTERED = Date.parse("2026-11-20T08:00:00Z");

/** Lets a fake answer as MLflow does of one model, with its newest versions and those older than `before`. */
export function answerAsMlflow(
  { replies }: FakeApi,
  name: string,
  versions: readonly FakeVersion[],
  before?: number,
): void {
  const older = before === undefined ? "" : ` and version_number < ${before}`;
  const query = new URLSearchParams({
    filter: `name = '${name}'${older}`,
    max_results: String(PAGE + 1),
    order_by: "version_number DESC",
  });
  const listed = versions.map((one) => entryOf(name, one));
  const at = (path: string) => `${API}/${path}`;
  replies[at(`mlflow/model-versions/search?${query.toString()}`)] = {
    body: listed.length === 0 ? {} : { model_versions: listed },
  };
  const aliases = versions.flatMap(({ version, aliases = [] }) =>
    aliases.map((alias) => ({ alias, version: String(version) })),
  );
  const model = new URLSearchParams({ name });
  replies[at(`mlflow/registered-models/get?${model.toString()}`)] = {
    body: { registered_model: { name, ...(aliases.length > 0 && { aliases }) } },
  };
  for (const one of versions) {
    const number = String(one.version);
    const folder = `1/run-${number}/artifacts`;
    const version = new URLSearchParams({ name, version: number });
    replies[at(`mlflow/model-versions/get?${version.toString()}`)] = {
      body: { model_version: entryOf(name, one) },
    };
    replies[at(`mlflow/runs/get?run_id=run_${number}`)] = { body: { run: runOf(one, folder) } };
    const files = Object.entries(one.files ?? {}).map(([path, file_size]) => ({
      ...{ path, is_dir: false, file_size },
    }));
    const listing = new URLSearchParams({ path: folder });
    replies[at(`mlflow-artifacts/artifacts?${listing.toString()}`)] = { body: { files } };
    for (const file of Object.keys(one.files ?? {})) {
      const type = "image/png";
      replies[at(`mlflow-artifacts/artifacts/${folder}/${file}`)] = { type, body: PIXEL };
    }
  }
}

function entryOf(name: string, { version, tags = {} }: FakeVersion) {
  return {
    name,
    version: String(version),
    creation_timestamp: REGISTERED + version * 3_600_000,
    run_id: `run_${version}`,
    status: "READY",
    tags: pairs(tags),
  };
}

function runOf({ metrics = {}, params = {}, runTags = {} }: FakeVersion, folder: string) {
  return {
    info: { experiment_id: "1", artifact_uri: `mlflow-artifacts:/${folder}` },
    data: { metrics: pairs(metrics), params: pairs(params), tags: pairs(runTags) },
  };
}

const pairs = (values: Record<string, unknown>) =>
  Object.entries(values).map(([key, value]) => ({ key, value }));
