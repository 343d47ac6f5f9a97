import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, request, type ClientRequest, type IncomingMessage } from "node:http";
import { connect } from "node:net";

import { until } from "./support/app.ts";
import { packageOf, temporaryFolder } from "./support/packages.ts";
import { runServer, startServer, stopProcesses, type Running } from "./support/processes.ts";

const CANARY = 148.7531;

describe("the server's process", function () {
  this.timeout(120_000);
  after(stopProcesses);

  const start = async (env: Record<string, string> = {}) => {
    const server = await startServer({ MODEL_URI: await packageOf("diabetes"), ...env });
    await until(async () => (await fetch(`${server.url}/ready`)).ok || undefined);
    return server;
  };

  it("ends with code 2 and every problem of its environment", async () => {
    const { code, output } = await runServer({ PORT: "x", MAX_DEPTH: "0" });
    assert.equal(code, 2);
    for (const name of ["PORT=x", "MAX_DEPTH=0", "MODEL_URI"]) assert.ok(output.includes(name));
    assert.doesNotMatch(output, /^\s+at /m);
  });

  it("ends with code 1 when its port is taken", async () => {
    const server = await start();
    const { port } = new URL(server.url);
    const env = { MODEL_URI: temporaryFolder(), HOST: "127.0.0.1", PORT: port };
    const { code, output } = await runServer(env);
    assert.equal(code, 1);
    assert.match(output, /EADDRINUSE/);
    await server.stop();
  });

  it("answers a request in flight at SIGTERM, then ends with code 0", async () => {
    const server = await start();
    const slow = post(server, new Agent());
    slow.write("{");
    await new Promise((resolve) => setTimeout(resolve, 300));
    const ended = server.stop("SIGTERM");
    await until(() => server.output().includes("shutting down") || undefined);
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(server.child.exitCode, null);
    slow.end("}");
    const [response] = (await once(slow, "response")) as [IncomingMessage];
    assert.equal(response.statusCode, 422);
    assert.equal(response.headers.connection, "close");
    response.resume();
    assert.equal(await ended, 0);
  });

  it("loses no request of keep-alive clients while it drains", async () => {
    const server = await start({ DRAIN_SECONDS: "2" });
    const agent = new Agent({ keepAlive: true, maxSockets: 8 });
    let answered = 0;
    let leave = false;
    const client = async () => {
      while (!leave) {
        assert.equal(await demo(server, agent), 200);
        answered += 1;
      }
    };
    const clients = Promise.all(Array.from({ length: 8 }, client));
    await new Promise((resolve) => setTimeout(resolve, 500));
    const ended = server.stop("SIGTERM");
    await until(async () => (await fetch(`${server.url}/ready`)).status === 503 || undefined);
    const before = answered;
    // What a load balancer does: it takes the address away a moment after the probe failed.
    await new Promise((resolve) => setTimeout(resolve, 800));
    leave = true;
    await clients;
    assert.ok(answered > before, "nothing was answered while draining");
    assert.deepEqual(Object.keys(agent.freeSockets), [], "a connection was left open");
    assert.equal(await ended, 0);
  });

  it("closes idle connections instead of waiting for them", async () => {
    const server = await start();
    const agent = new Agent({ keepAlive: true });
    assert.equal(await demo(server, agent), 200);
    const began = Date.now();
    assert.equal(await server.stop("SIGINT"), 0);
    assert.ok(Date.now() - began < 3000);
    agent.destroy();
  });

  it("ends a request that never finishes its headers or its body", async () => {
    const server = await start({ HEADERS_SECONDS: "1", REQUEST_SECONDS: "2" });
    const { port } = new URL(server.url);
    for (const text of ["POST /predict HTTP/1.1\r\nhost: x\r\nx-a", headOf(100)]) {
      const socket = connect(Number(port), "127.0.0.1");
      socket.write(text);
      const [data] = (await once(socket, "data")) as [Buffer];
      assert.match(data.toString(), /^HTTP\/1.1 408/);
      socket.destroy();
    }
    await server.stop();
  });

  it("never logs a feature's value, at any level, through any error", async () => {
    const server = await start({ LOG_LEVEL: "trace", MAX_ROWS: "3" });
    const bodies = [
      `{"Glucose":${CANARY}`,
      `{"Glucose":${CANARY}}`,
      `{"Glucose":"${CANARY}"}`,
      `"${CANARY}"`,
      `[${CANARY}]`,
      `{"${CANARY}":1}`,
      `[${Array.from({ length: 5 }, () => CANARY).join(",")}]`,
      `{"Glucose":${CANARY},"Glucose":1}`,
      "[".repeat(50) + String(CANARY),
    ];
    for (const body of bodies) {
      for (const type of ["application/json", "text/plain"]) {
        const init = { method: "POST", headers: { "content-type": type }, body };
        await fetch(`${server.url}/predict?glucose=${CANARY}`, init);
        await fetch(`${server.url}/nowhere/?glucose=${CANARY}`, init);
      }
    }
    const { example } = (await (await fetch(`${server.url}/model`)).json()) as { example: object };
    const good = JSON.stringify({ ...example, Glucose: CANARY });
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${server.url}/predict`, { method: "POST", headers, body: good });
    assert.equal(answer.status, 200);
    await server.stop();
    assert.match(server.output(), /"status":422/);
    assert.ok(!server.output().includes(String(CANARY)), "the canary is in the log");
  });
});

function post({ url }: Running, agent: Agent): ClientRequest {
  const headers = { "content-type": "application/json" };
  return request(`${url}/predict`, { method: "POST", agent, headers });
}

/** Status of a demo prediction, or the code of the connection's error. */
async function demo({ url }: Running, agent: Agent): Promise<number | string> {
  return new Promise((resolve) => {
    request(`${url}/predict/demo`, { agent }, (response) => {
      response.resume().on("end", () => {
        resolve(response.statusCode ?? 0);
      });
    })
      .on("error", (error: NodeJS.ErrnoException) => {
        resolve(error.code ?? error.message);
      })
      .end();
  });
}

function headOf(length: number): string {
  return `POST /predict HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n{`;
}
