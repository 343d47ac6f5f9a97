import assert from "node:assert/strict";
import { createServer, type AddressInfo, type Server } from "node:net";
import { isBlocked, takePort } from "../../../tools/lib/ports.ts";

function listen(): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      resolve(server);
    });
  });
}

describe("takePort", () => {
  it("passes over a port that is taken", async () => {
    const server = await listen();
    const { port } = server.address() as AddressInfo;
    assert.ok((await takePort(port)) > port);
    server.close();
  });

  it("gives no port twice", async () => {
    assert.notEqual(await takePort(20000), await takePort(20000));
  });

  for (const [wanted, given] of [
    [6000, 6001],
    [5060, 5062],
    [6665, 6670],
    [10080, 10081],
  ] as const) {
    it(`passes over ${wanted}, which browsers and fetch refuse to call`, async () => {
      assert.ok((await takePort(wanted)) >= given);
    });
  }

  it("blocks just what Node's fetch refuses", async () => {
    // A dispatcher is asked only after the port was found good, so nothing is ever sent.
    const dispatcher = {
      dispatch() {
        throw new Error("called");
      },
    };
    const refused = async (port: number): Promise<boolean> => {
      const init = { dispatcher } as unknown as RequestInit;
      const error: unknown = await fetch(`http://127.0.0.1:${port}/`, init).catch(
        (e: unknown) => e,
      );
      assert.ok(error instanceof Error && error.cause instanceof Error);
      return error.cause.message === "bad port";
    };
    const wrong: number[] = [];
    for (let port = 1024; port <= 11_000; port++) {
      if ((await refused(port)) !== isBlocked(port)) wrong.push(port);
    }
    assert.deepEqual(wrong, []);
  });

  it("gives up with the remedy when nothing is left", async () => {
    await assert.rejects(takePort(65536), /No free port from 65536 .*--port-base/);
    while ((await takePort(65400).catch(() => undefined)) !== undefined);
    await assert.rejects(takePort(65400), /No free port from 65400 .*--port-base/);
  });
});
