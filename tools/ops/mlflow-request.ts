import { request } from "node:http";
import { Failure } from "../lib/failure.ts";

/** An MLflow that is asked. */
export interface Server {
  /** Base address. */
  url: string;
  /** Value of the header, for a server with accounts. */
  authorization: string | undefined;
  /** For messages: where its log is. */
  look: string;
}

/**
 * One request to MLflow's REST API, `path` below `/api/2.0/`. @throws Failure for any answer but 200, or none.
 * Not by `fetch`, which does not let us say under which name we ask: MLflow compares it with a list.
 */
export function requestMlflow(
  { url: base, authorization, look }: Server,
  method: string,
  path: string,
  body?: object,
): Promise<Buffer> {
  const headers = {
    host: "127.0.0.1",
    ...(authorization === undefined ? {} : { authorization }),
    ...(body === undefined ? {} : { "content-type": "application/json" }),
  };
  const url = `${base}/api/2.0/${path}`;
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, headers, timeout: 20_000 }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const content = Buffer.concat(chunks);
        if (response.statusCode === 200) resolve(content);
        else {
          const what = `MLflow answered ${response.statusCode ?? "?"} to ${path}`;
          reject(new Failure(`${what}: ${content.toString().slice(0, 300)}; ${look}`));
        }
      });
    });
    asked.on("timeout", () =>
      asked.destroy(new Failure(`MLflow did not answer ${path} within 20 s; ${look}`)),
    );
    asked.on("error", reject);
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
