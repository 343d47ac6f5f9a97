import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** Writes to a real MLflow server over its REST API, as any client could. */
export class RegistryWriter {
  readonly #url: string;
  #uploads = 0;

  constructor(url: string) {
    this.#url = url;
  }

  /** Registers a folder, whatever is in it, as the next version of a model. */
  async register(name: string, folder: string): Promise<string> {
    const place = `tests/${name}/${(this.#uploads += 1)}`;
    for (const file of readdirSync(folder)) {
      const url = `${this.#url}/api/2.0/mlflow-artifacts/artifacts/${place}/${file}`;
      const body = readFileSync(path.join(folder, file));
      const response = await fetch(url, { method: "PUT", body });
      assert.ok(response.ok, await response.text());
    }
    await this.#post("registered-models/create", { name }, [400]);
    const source = `mlflow-artifacts:/${place}`;
    const answer = await this.#post("model-versions/create", { name, source });
    return (answer as { model_version: { version: string } }).model_version.version;
  }

  /** Moves an alias. */
  async alias(name: string, alias: string, version: string): Promise<void> {
    await this.#post("registered-models/alias", { name, alias, version });
  }

  async #post(route: string, body: object, accepted: number[] = []): Promise<unknown> {
    const response = await fetch(`${this.#url}/api/2.0/mlflow/${route}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    assert.ok(response.ok || accepted.includes(response.status), text);
    return JSON.parse(text) as unknown;
  }
}
