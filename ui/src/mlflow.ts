import type { Static, TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { GatewayError, reach } from "./gateway.ts";
import type { MlflowSettings } from "./settings.ts";
import { parsed } from "./version-tags.ts";

/** Milliseconds for one answer, and how large it may be in bytes: tags and parameters are texts. */
const [TIMEOUT, MOST_JSON] = [8000, 4 * 1024 * 1024];
/** Requests under way at once, and how many more may wait for their turn. */
const [AT_ONCE, MOST_WAITING] = [4, 100];

/** MLflow's REST API with an account that only reads, as far as the page asks it: never long, never much, never much at once. */
export class Mlflow {
  readonly #url: string;
  readonly #timeout: number;
  readonly #headers: Record<string, string>;
  readonly #waiting: (() => void)[] = [];
  #free = AT_ONCE;

  constructor({ url, login, timeout = TIMEOUT }: MlflowSettings) {
    this.#url = `${url}/api/2.0`;
    this.#timeout = timeout;
    const pair = login && Buffer.from(`${login.username}:${login.password}`).toString("base64");
    this.#headers = pair === undefined ? {} : { authorization: `Basic ${pair}` };
  }

  /**
   * What MLflow answers to a question.
   *
   * @returns undefined where it knows no such thing.
   * @throws GatewayError where it does not answer, refuses, or answers something else than `schema` says.
   */
  async ask<Schema extends TSchema>(
    path: string,
    query: Readonly<Record<string, string>>,
    schema: Schema,
  ): Promise<Static<Schema> | undefined> {
    const asked = `${path}?${new URLSearchParams(query).toString()}`;
    const body = await this.#get(asked, MOST_JSON);
    if (body === undefined) return undefined;
    const answer = parsed(body.toString());
    if (!checkOf(schema).Check(answer)) {
      throw new GatewayError(502, `MLflow's answer to ${path} is not one of MLflow's.`);
    }
    return answer as Static<Schema>;
  }

  /**
   * A file of its store, below the proxy of artifacts.
   *
   * @returns undefined where there is none. @throws GatewayError also where it is larger than `most` bytes.
   */
  file(segments: readonly string[], most: number): Promise<Buffer | undefined> {
    const path = segments.map(encodeURIComponent).join("/");
    return this.#get(`mlflow-artifacts/artifacts/${path}`, most);
  }

  async #get(path: string, most: number): Promise<Buffer | undefined> {
    await this.#turn();
    try {
      const request = { headers: this.#headers };
      return await reach("MLflow", `${this.#url}/${path}`, request, this.#timeout, (response) =>
        answerOf(response, most),
      );
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    }
  }

  async #turn(): Promise<void> {
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    if (this.#waiting.length >= MOST_WAITING) {
      throw new GatewayError(503, "Too many questions to MLflow are waiting already.");
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}

async function answerOf(response: Response, most: number): Promise<Buffer | undefined> {
  if (response.status === 404) {
    await response.body?.cancel();
    return undefined;
  }
  const body = await limited(response, most);
  if (response.ok) return body;
  const { message } = Object(parsed(body.toString())) as { message?: unknown };
  const why = typeof message === "string" ? `: ${message.slice(0, 200)}` : "";
  throw new GatewayError(502, `MLflow refused a question of the page (${response.status})${why}.`);
}

/** Reads a body, and no further than it may be long. */
async function limited({ body }: Response, most: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > most) throw new GatewayError(502, `An answer of MLflow exceeds ${most} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const checks = new WeakMap<TSchema, { Check(value: unknown): boolean }>();

function checkOf(schema: TSchema): { Check(value: unknown): boolean } {
  const known = checks.get(schema) ?? Compile(schema);
  checks.set(schema, known);
  return known;
}
