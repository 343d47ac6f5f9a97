import { createServer } from "node:net";
import { Failure } from "./failure.ts";

/** How far past the wanted port we look before we give up. */
const REACH = 200;

/** Hands out loopback ports, each once, so that two children never race for the same one. */
export class Ports {
  readonly #given = new Set<number>();

  /**
   * The first free port from `wanted` upwards.
   * @throws Failure when none of the next 200 is free.
   */
  async take(wanted: number): Promise<number> {
    for (let port = wanted; port < Math.min(wanted + REACH, 65536); port++) {
      if (!this.#given.has(port) && (await isFree(port))) {
        this.#given.add(port);
        return port;
      }
    }
    throw new Failure(
      `No free port from ${wanted} to ${wanted + REACH - 1}: stop what listens there, or choose others with --port-base`,
    );
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => {
      resolve(false);
    });
    probe.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
      probe.close(() => {
        resolve(true);
      });
    });
  });
}
