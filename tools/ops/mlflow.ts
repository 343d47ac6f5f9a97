import { PORTS } from "../../components/well-known.ts";
import { type Forward, forward } from "../lib/port-forward.ts";
import { Failure } from "../lib/failure.ts";
import type { Environment } from "../lib/stack/environment.ts";
import { requestMlflow } from "./mlflow-request.ts";
import { readSecret } from "../lib/stack/secret.ts";

/** A version of a registered model, as far as operating it needs. */
export interface Version {
  version: string;
  status: string;
  tags: Record<string, string>;
  /** The training that made it. */
  run: string;
}

/** What a training logged. */
export interface Run {
  /** When it began, in milliseconds since 1970. */
  startedAt: number;
  metrics: Record<string, number>;
  parameters: Record<string, string>;
  tags: Record<string, string>;
}

/** A registered model with its aliases. */
export interface RegisteredModel {
  name: string;
  aliases: Record<string, string>;
}

interface Pairs {
  tags?: { key: string; value: string }[];
  aliases?: { alias: string; version: string }[];
}

/** MLflow's model registry, as the administrator. */
export class ModelRegistry {
  readonly #url: string;
  readonly #authorization: string | undefined;
  readonly #look: string;

  /**
   * @param url base address.
   * @param args.authorization value of the header, for a server with accounts. @param args.log where its log is.
   */
  constructor(url: string, { authorization, log }: { authorization?: string; log: string }) {
    this.#url = url;
    this.#authorization = authorization;
    this.#look = `its log says more: ${log}`;
  }

  /** Every registered model. */
  async models(): Promise<RegisteredModel[]> {
    const found = await this.#pages<{ name: string } & Pairs>(
      "registered-models/search",
      "registered_models",
    );
    return found.map(modelOf);
  }

  /** @throws Failure that names the models there are. */
  async model(name: string): Promise<RegisteredModel> {
    const models = await this.models();
    const found = models.find((model) => model.name === name);
    if (found) return found;
    const names = models.map((model) => model.name).join(", ");
    throw new Failure(`--model ${name}: not registered; registered are ${names || "none"}`);
  }

  /** The versions of a model, lowest number first. */
  async versions(model: string): Promise<Version[]> {
    const filter = new URLSearchParams({ filter: `name='${model}'` }).toString();
    const found = await this.#pages<{ version: string; status: string; run_id: string } & Pairs>(
      `model-versions/search?${filter}`,
      "model_versions",
    );
    return found
      .map(({ version, status, run_id: run, tags = [] }) => ({
        version,
        status,
        run,
        tags: Object.fromEntries(tags.map(({ key, value }) => [key, value])),
      }))
      .sort((one, other) => Number(one.version) - Number(other.version));
  }

  /** What the training of a version logged. */
  async run(id: string): Promise<Run> {
    const { run } = (await this.#ask("GET", `runs/get?run_id=${encodeURIComponent(id)}`)) as {
      run: {
        info: { start_time: number };
        data: Partial<
          Record<"params" | "tags", { key: string; value: string }[]> & {
            metrics: { key: string; value: number }[];
          }
        >;
      };
    };
    const { metrics = [], params = [], tags = [] } = run.data;
    return {
      startedAt: run.info.start_time,
      metrics: Object.fromEntries(metrics.map(({ key, value }) => [key, value])),
      parameters: Object.fromEntries(params.map(({ key, value }) => [key, value])),
      tags: Object.fromEntries(tags.map(({ key, value }) => [key, value])),
    };
  }

  /** A file that the training of a version logged; undefined where it has none of that name. */
  async runFile(run: string, name: string): Promise<Buffer | undefined> {
    const query = new URLSearchParams({ run_id: run }).toString();
    const { run: found } = (await this.#ask("GET", `runs/get?${query}`)) as {
      run: { info: { artifact_uri: string } };
    };
    const listed = await this.#ask("GET", `artifacts/list?${query}`);
    const files = (listed["files"] ?? []) as { path: string }[];
    if (!files.some(({ path }) => path === name)) return undefined;
    return this.#download(found.info.artifact_uri, name);
  }

  /** A file of a version's package. */
  async packageFile(model: string, version: string, name: string): Promise<Buffer> {
    const query = new URLSearchParams({ name: model, version }).toString();
    const { artifact_uri: uri } = await this.#ask(
      "GET",
      `model-versions/get-download-uri?${query}`,
    );
    return this.#download(String(uri), name);
  }

  /** Through MLflow's proxy, which alone may reach the object store. */
  #download(uri: string, name: string): Promise<Buffer> {
    const [, path] = /^mlflow-artifacts:(?:\/\/[^/]*)?\/+(.+)$/.exec(uri) ?? [];
    if (path === undefined) {
      throw new Failure(
        `${uri} is not kept by MLflow's proxy of artifacts, so it cannot be read here`,
      );
    }
    return this.#send("GET", `mlflow-artifacts/artifacts/${path}/${name}`);
  }

  async setAlias(name: string, alias: string, version: string): Promise<void> {
    await this.#ask("POST", "registered-models/alias", { name, alias, version });
  }

  async setTag(name: string, version: string, key: string, value: string): Promise<void> {
    await this.#ask("POST", "model-versions/set-tag", { name, version, key, value });
  }

  async #pages<T>(path: string, field: string): Promise<T[]> {
    const found: T[] = [];
    for (let token = ""; ;) {
      const mark = path.includes("?") ? "&" : "?";
      const next = token === "" ? "" : `&page_token=${encodeURIComponent(token)}`;
      const page = await this.#ask("GET", `${path}${mark}max_results=500${next}`);
      found.push(...((page[field] ?? []) as T[]));
      token = (page["next_page_token"] ?? "") as string;
      if (token === "") return found;
    }
  }

  async #ask(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
    const answer = await this.#send(method, `mlflow/${path}`, body);
    return JSON.parse(answer.toString()) as Record<string, unknown>;
  }

  #send(method: string, path: string, body?: object): Promise<Buffer> {
    const [url, authorization, look] = [this.#url, this.#authorization, this.#look];
    return requestMlflow({ url, authorization, look }, method, path, body);
  }
}

function modelOf({ name, aliases = [] }: { name: string } & Pairs): RegisteredModel {
  const pairs = aliases.map(({ alias, version }) => [alias, version]);
  return { name, aliases: Object.fromEntries(pairs) as Record<string, string> };
}

/** Where MLflow writes on a cluster. */
const LOG = "kubectl logs deployment/mlflow, in the stack's namespace";

/** A stack's MLflow while it is forwarded to this machine, with the administrator's account. */
export interface ForwardedMlflow {
  url: string;
  username: string;
  password: string;
}

/**
 * Does `work` with the stack's registry, reached through a port-forward with the administrator's account: its
 * password goes from the Secret into a header, and nowhere else.
 */
export function withRegistry<T>(
  environment: Environment,
  work: (registry: ModelRegistry) => Promise<T>,
): Promise<T> {
  return withMlflow(environment, ({ url, username, password }) => {
    const account = Buffer.from(`${username}:${password}`).toString("base64");
    return work(new ModelRegistry(url, { authorization: `Basic ${account}`, log: LOG }));
  });
}

/** Does `work` with the stack's MLflow, reached through a port-forward. */
export async function withMlflow<T>(
  environment: Environment,
  work: (mlflow: ForwardedMlflow) => Promise<T>,
): Promise<T> {
  const { keys, refused } = await readSecret(environment, "mlflow-admin");
  if (refused !== undefined) {
    throw new Failure(
      `the Secret mlflow-admin of ${environment.namespace} cannot be read: ${refused}; deploy first, or get the right to read Secrets there`,
    );
  }
  const { username = "", password = "" } = keys;
  const forward = await forwardTo(environment, "service/mlflow", PORTS.mlflow);
  try {
    const { url } = forward;
    return await work({ url, username, password });
  } finally {
    forward.close();
  }
}

/** A port-forward into the stack's namespace. @throws Failure with what kubectl said. */
export async function forwardTo(
  environment: Environment,
  target: string,
  port: number,
): Promise<Forward> {
  const { kubectlPath: kubectl, context, namespace, env } = environment;
  try {
    return await forward(target, port, { kubectl, context, namespace, env });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure(
      `${target} in ${namespace} cannot be reached: ${reason}; look at it: kubectl -n ${namespace} get pods`,
    );
  }
}
