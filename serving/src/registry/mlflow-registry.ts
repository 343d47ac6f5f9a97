import type { Credentials } from "../config.ts";
import { PackageError } from "../model/package-error.ts";
import type { ModelReference } from "./model-uri.ts";
import { SourceError, type Candidate, type ModelSource } from "./source.ts";

const LOOKUP_MS = 10_000;
const DOWNLOAD_MS = 300_000;

/** MLflow's model registry over its REST API; files come through its artifact proxy. */
export class MlflowRegistry implements ModelSource {
  readonly description: string;
  readonly #base: string;
  readonly #reference: Exclude<ModelReference, { kind: "folder" }>;
  readonly #headers: Record<string, string>;

  constructor(
    base: string,
    reference: Exclude<ModelReference, { kind: "folder" }>,
    credentials?: Credentials,
  ) {
    this.#base = base;
    this.#reference = reference;
    this.#headers = credentials ? { authorization: basic(credentials) } : {};
    const last = reference.kind === "alias" ? `@${reference.alias}` : `/${reference.version}`;
    this.description = `models:/${reference.name}${last} at ${base}`;
  }

  async resolve(): Promise<Candidate> {
    const { name } = this.#reference;
    const version = await this.#version();
    let place: Promise<string> | undefined;
    const root = () => (place ??= this.#root(version));
    return {
      key: `${name}/${version}`,
      name,
      version,
      read: async (file, maxBytes) => this.#read(await root(), file, maxBytes),
      has: async (file) => this.#has(await root(), file),
    };
  }

  async #version(): Promise<string> {
    const reference = this.#reference;
    const { name } = reference;
    const answer =
      reference.kind === "alias"
        ? await this.#ask("mlflow/registered-models/alias", { name, alias: reference.alias })
        : await this.#ask("mlflow/model-versions/get", { name, version: reference.version });
    const found = answer["model_version"] as { version?: unknown } | undefined;
    if (typeof found?.version !== "string") {
      throw new SourceError("MLflow's answer names no version: is this an MLflow server?", true);
    }
    return found.version;
  }

  async #read(root: string, file: string, maxBytes: number): Promise<Buffer> {
    const path = `${root}/${file}`.split("/").map(encodeURIComponent).join("/");
    const response = await this.#fetch(`mlflow-artifacts/artifacts/${path}`, DOWNLOAD_MS);
    if (!response.ok) {
      // MLflow answers 500 for a file that its store lacks as for a store that is down: try again.
      throw await refusal(response, `download of ${file}`);
    }
    return limited(response, file, maxBytes);
  }

  async #has(root: string, file: string): Promise<boolean> {
    const { files } = await this.#ask("mlflow-artifacts/artifacts", { path: root });
    return Array.isArray(files) && files.some((one: { path?: unknown }) => one.path === file);
  }

  /** Where the files of a version lie, below the proxy. */
  async #root(version: string): Promise<string> {
    const { name } = this.#reference;
    const answer = await this.#ask("mlflow/model-versions/get-download-uri", { name, version });
    return artifactPath(answer["artifact_uri"]);
  }

  async #ask(path: string, query: Record<string, string>): Promise<Record<string, unknown>> {
    const search = new URLSearchParams(query).toString();
    const response = await this.#fetch(`${path}?${search}`, LOOKUP_MS);
    if (!response.ok) throw await refusal(response, `look-up of ${this.description}`);
    try {
      return (await response.json()) as Record<string, unknown>;
    } catch (cause) {
      throw new SourceError(`${this.#base} did not answer with JSON`, false, { cause });
    }
  }

  async #fetch(path: string, milliseconds: number): Promise<Response> {
    const url = `${this.#base}/api/2.0/${path}`;
    try {
      // Credentials must not follow a redirect to another host.
      const signal = AbortSignal.timeout(milliseconds);
      return await fetch(url, { headers: this.#headers, redirect: "error", signal });
    } catch (cause) {
      throw new SourceError(`${this.#base} does not answer: ${reason(cause)}`, false, { cause });
    }
  }
}

/** The path below MLflow's proxy of an `mlflow-artifacts:` URI, with or without a host. */
function artifactPath(uri: unknown): string {
  const text = typeof uri === "string" ? uri : "";
  const [, path] = /^mlflow-artifacts:(?:\/\/[^/]*)?\/+(.+)$/.exec(text) ?? [];
  if (path === undefined) {
    throw new PackageError(
      "artifacts",
      `the artifacts lie at '${text}', which MLflow does not proxy: run it with --serve-artifacts`,
    );
  }
  return path.replace(/\/+$/, "");
}

/** Reads a body and stops as soon as it exceeds the limit. */
async function limited(response: Response, file: string, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    const body: AsyncIterable<Uint8Array> | undefined = response.body ?? undefined;
    for await (const chunk of body ?? []) {
      size += chunk.byteLength;
      if (size > maxBytes) break;
      chunks.push(chunk);
    }
  } catch (cause) {
    const text = `download of ${file} broke off after ${size} bytes: ${reason(cause)}`;
    throw new SourceError(text, false, { cause });
  }
  if (size > maxBytes) throw new PackageError("size", `${file} exceeds ${maxBytes} bytes`);
  return Buffer.concat(chunks);
}

async function refusal(response: Response, what: string): Promise<SourceError> {
  const body = (await response.json().catch(() => ({}))) as { message?: unknown };
  const message = typeof body.message === "string" ? `: ${body.message.slice(0, 200)}` : "";
  const answered = response.status < 500;
  return new SourceError(`${what} was refused (HTTP ${response.status})${message}`, answered);
}

function reason(error: unknown): string {
  const cause = (error as { cause?: unknown }).cause ?? error;
  const { code, message } = cause as { code?: string; message?: string };
  return code ?? message ?? String(cause);
}

function basic({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}
