import * as pulumi from "@pulumi/pulumi";
import { destinationProblem, peersOf } from "./lib/destinations.ts";
import { type Access, accessAt, hostOf, portOf } from "./lib/network.ts";

/** What a setting says of a server that is not of this environment, beside its host. */
export interface Leads {
  /**
   * Where the host leads: CIDR blocks, or `public` for the addresses of the internet. A network policy takes addresses, so a name needs it.
   * @default what the host says by itself: an address, or a Service of the cluster
   */
  addresses?: readonly string[] | undefined;
}

/** A server that is not of this environment. */
export interface Outside extends Leads {
  /** Undefined where it is known later. */
  host: pulumi.Input<string> | undefined;
  port: number;
}

/**
 * Access to such a server through the network policies.
 *
 * @param field that names its addresses, for the message.
 * @throws ResourceError where nobody says where its name leads.
 */
export function accessOutside(server: Outside, field: string, owner: pulumi.Resource): Access {
  const { port, addresses } = server;
  const host = typeof server.host === "string" ? server.host : undefined;
  const problem = destinationProblem(host, addresses);
  if (problem !== undefined) {
    throw new pulumi.ResourceError(`'${field}' ${problem}`, owner, true);
  }
  return accessAt(port, peersOf(host, addresses) ?? []);
}

/** The server of an `http://` or `https://` address. */
export function serverOf(url: string, { addresses }: Leads): Outside & { host: string } {
  return { host: hostOf(url), port: portOf(url), addresses };
}
