import assert from "node:assert/strict";
import { createServer, type AddressInfo, type Server } from "node:net";
import { Ports } from "../../../tools/lib/ports.ts";

function listen(): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      resolve(server);
    });
  });
}

describe("Ports", () => {
  it("passes over a port that is taken", async () => {
    const server = await listen();
    const { port } = server.address() as AddressInfo;
    assert.ok((await new Ports().take(port)) > port);
    server.close();
  });

  it("gives no port twice", async () => {
    const ports = new Ports();
    assert.notEqual(await ports.take(20000), await ports.take(20000));
  });

  it("gives up with the remedy when nothing is left", async () => {
    const server = await listen();
    const ports = new Ports();
    await assert.rejects(ports.take(65536), /No free port from 65536 .*--port-base/);
    server.close();
  });
});
