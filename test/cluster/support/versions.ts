import { mlflow } from "./mlflow.ts";

/** A registered version, as MLflow has it. */
export interface Version {
  name: string;
  version: string;
  source: string;
  run_id: string;
  tags: { key: string; value: string }[];
}

/** The version that `champion` names. */
export async function champion(model: string): Promise<Version> {
  const query = `registered-models/alias?name=${model}&alias=champion`;
  return (await mlflow<{ model_version: Version }>("GET", query)).model_version;
}

/** Registers the files of a version once more, as a new version of a model. @returns its number */
export async function register({ source, run_id, tags }: Version, name: string): Promise<string> {
  const model_id = source.replace("models:/", "");
  const body = { name, source, model_id, run_id, tags };
  const made = await mlflow<{ model_version: Version }>("POST", "model-versions/create", body);
  return made.model_version.version;
}

/** Points an alias at a version. */
export const point = (alias: string, name: string, version: string): Promise<unknown> =>
  mlflow("POST", "registered-models/alias", { name, alias, version });

/** Takes a version away. */
export const unregister = (name: string, version: string): Promise<unknown> =>
  mlflow("DELETE", "model-versions/delete", { name, version });
