import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ModelPackage } from "../../page/package.ts";

/** A request as the API got it. */
interface Seen {
  url: string;
  authorization: string | undefined;
  body: string;
}

/** What the fake answers, by path: a whole answer, none (`hang`), one byte a tenth second, or one cut short. */
type Replies = Record<
  string,
  { status?: number; type?: string; body: unknown } | "hang" | "trickle" | "break off"
>;

/** A prediction API on a real port that says what a test tells it to. */
export class FakeApi {
  readonly seen: Seen[] = [];
  readonly replies: Replies;
  readonly #server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const url = request.url ?? "";
      const { authorization } = request.headers;
      this.seen.push({ url, authorization, body: Buffer.concat(chunks).toString() });
      const reply = this.replies[url] ?? { status: 404, body: { detail: "no such route" } };
      if (reply === "hang") return;
      if (typeof reply === "string") {
        response.writeHead(200, { "content-type": "application/json" }).write("{");
        if (reply === "break off") setTimeout(() => response.destroy(), 20);
        else this.#trickle(response);
        return;
      }
      const { status = 200, type = "application/json", body } = reply;
      response.writeHead(status, { "content-type": type });
      const isWhole = typeof body === "string" || body instanceof Uint8Array;
      response.end(isWhole ? body : JSON.stringify(body));
    });
  });

  #trickle(response: ServerResponse): void {
    const timer = setInterval(() => response.write(" "), 100);
    response.on("close", () => {
      clearInterval(timer);
    });
  }

  constructor(replies: Replies) {
    this.replies = replies;
  }

  /** Starts it, on a free port unless told which; gives the base URL. */
  async listen(port = 0): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(port, "127.0.0.1", resolve));
    return this.url;
  }

  /** Base URL while it listens. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** What a healthy API of a model answers, with one prediction. */
export function healthy(pack: ModelPackage, prediction: Record<string, unknown>): Replies {
  const model = { name: pack.name, version: pack.version };
  return {
    "/health": { body: { status: "healthy", model_loaded: true, model } },
    "/model": { body: pack },
    "/predict": { body: { ...prediction, model } },
  };
}
