import getPort, { portNumbers } from "get-port";
import { Failure } from "./failure.ts";

/** How far past the wanted port we look before we give up. */
const REACH = 200;
const LAST_PORT = 65_535;

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

/**
 * The first port of loopback from `wanted` upwards that is free, that fetch will call and that this process was not
 * given before, so that two children never race for the same one.
 * @throws Failure when there is none among the next 200.
 */
export async function takePort(wanted: number): Promise<number> {
  const last = Math.min(wanted + REACH - 1, LAST_PORT);
  if (wanted <= last) {
    const port = await getPort({
      host: "127.0.0.1",
      port: portNumbers(wanted, last),
      exclude: BLOCKED,
      reserve: true,
    });
    // When all are taken, the library gives any other one.
    if (port >= wanted && port <= last) return port;
  }
  throw new Failure(
    `No free port from ${wanted} to ${wanted + REACH - 1}: stop what listens there, or choose others with --port-base`,
  );
}
