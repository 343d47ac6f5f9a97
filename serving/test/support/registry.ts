import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

interface CreatedRun {
  readonly run: { readonly info: { readonly run_id: string; readonly artifact_uri: string } };
}

interface CreatedVersion {
  readonly model_version: { readonly version: string };
}

/** Writes to a real MLflow server over its REST API, as any client could. */
export class RegistryWriter {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /**
   * Registers a folder, whatever is in it, as the next version of a model. Its package is given the model's
   * name, as training would have, unless `packageName` says another.
   */
  async register(name: string, folder: string, packageName = name): Promise<string> {
    const { run } = await this.#post<CreatedRun>("runs/create", { experiment_id: "0" });
    const source = `${run.info.artifact_uri}/model`;
    for (const file of readdirSync(folder)) {
      const path = `${source.replace("mlflow-artifacts:/", "")}/${file}`;
      const response = await fetch(`${this.#url}/api/2.0/mlflow-artifacts/artifacts/${path}`, {
        method: "PUT",
        body:
          file === "MLmodel"
            ? named(join(folder, file), packageName)
            : readFileSync(join(folder, file)),
      });
      assert.ok(response.ok, await response.text());
    }
    await this.#post("registered-models/create", { name }, [400]);
    const version = { name, source, run_id: run.info.run_id };
    const answer = await this.#post<CreatedVersion>("model-versions/create", version);
    return answer.model_version.version;
  }

  /** The address of a file of a version, by which whoever may write to MLflow can change or delete it. */
  async file(name: string, version: string, file: string): Promise<string> {
    const query = new URLSearchParams({ name, version }).toString();
    const url = `${this.#url}/api/2.0/mlflow/model-versions/get-download-uri?${query}`;
    const { artifact_uri: uri } = (await (await fetch(url)).json()) as { artifact_uri: string };
    const path = uri.replace(/^mlflow-artifacts:\/+/, "");
    return `${this.#url}/api/2.0/mlflow-artifacts/artifacts/${path}/${file}`;
  }

  /** Moves an alias. */
  async alias(name: string, alias: string, version: string): Promise<void> {
    await this.#post("registered-models/alias", { name, alias, version });
  }

  /** Takes an alias away. */
  async removeAlias(name: string, alias: string): Promise<void> {
    await this.#post("registered-models/alias", { name, alias }, [], "DELETE");
  }

  async #post<T>(
    route: string,
    body: object,
    accepted: number[] = [],
    method = "POST",
  ): Promise<T> {
    const response = await fetch(`${this.#url}/api/2.0/mlflow/${route}`, {
      method,
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    assert.ok(response.ok || accepted.includes(response.status), text);
    return JSON.parse(text) as T;
  }
}

/** The text of an `MLmodel` file with another model's name in its package. */
function named(file: string, name: string): string {
  return readFileSync(file, "utf8").replace(/^( +model: )\S+$/m, `$1${name}`);
}
