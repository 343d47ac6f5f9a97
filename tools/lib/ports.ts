import { createServer } from "node:net";
import { Failure } from "./failure.ts";

/** How far past the wanted port we look before we give up. */
const REACH = 200;

/**
 * Ports from 1024 that browsers and Node's fetch refuse to call, whoever listens there.
 * Source: "bad port" in the WHATWG fetch standard, https://fetch.spec.whatwg.org/#port-blocking
 */
const BLOCKED: ReadonlySet<number> = new Set([
  ...[1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566],
  ...[6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080],
]);

/** Whether browsers and Node's fetch refuse to call this port. */
export function isBlocked(port: number): boolean {
  return BLOCKED.has(port);
}

/** Hands out loopback ports, each once, so that two children never race for the same one. */
export class Ports {
  readonly #given = new Set<number>();

  /**
   * The first port from `wanted` upwards that is free and that fetch will call.
   * @throws Failure when there is none among the next 200.
   */
  async take(wanted: number): Promise<number> {
    for (let port = wanted; port < Math.min(wanted + REACH, 65536); port++) {
      if (!this.#given.has(port) && !isBlocked(port) && (await isFree(port))) {
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
