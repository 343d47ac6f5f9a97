import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

import { appWith, closeApps, predict, until } from "../support/app.ts";
import { metric } from "../support/captured.ts";

describe("predictions that are kept in S3", () => {
  after(closeApps);

  it("go to S3 by a signed PUT of the whole file, and what it refuses is said without the account", async () => {
    const seen: { url: string; headers: IncomingHttpHeaders; bytes: number }[] = [];
    let status = 403;
    const server = createServer((request, response) => {
      let bytes = 0;
      request.on("data", (part: Buffer) => (bytes += part.length));
      request.on("end", () => {
        seen.push({ url: request.url ?? "", headers: request.headers, bytes });
        response.writeHead(status).end("<Error><Code>AccessDenied</Code></Error>");
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const app = await appWith("diabetes", {
      ...{
        CAPTURE_SECONDS: "0.1",
        CAPTURE_URL: "s3://predictions/here",
        AWS_ACCESS_KEY_ID: "someone",
      },
      ...{ AWS_SECRET_ACCESS_KEY: "hidden-4711", AWS_ENDPOINT_URL: `http://127.0.0.1:${port}` },
    });
    await predict(app, app.models.current().package.example);
    await until(() => seen.length > 0 || undefined);
    status = 200;
    await until(async () => (await metric(app, "slipway_captured_rows_total")) === 1 || undefined);
    const last = seen.at(-1);
    assert.match(
      last?.url ?? "",
      /^\/predictions\/here\/model%3Ddiabetes-model\/date%3D[^/]+\/[^/]+\.parquet$/,
    );
    assert.match(
      last?.headers.authorization ?? "",
      /^AWS4-HMAC-SHA256 Credential=someone\/\d{8}\/us-east-1\/s3\/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=[0-9a-f]{64}$/,
    );
    assert.equal(last?.headers["content-length"], String(last?.bytes));
    assert.equal(new Set(seen.map(({ url }) => url)).size, 1, "a second try makes a second file");
    server.close();
  });
});
