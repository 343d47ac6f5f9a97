import { join } from "node:path";

/**
 * Sockets, process records and runtime state: one sandbox a machine, and gone with a reboot, as processes are.
 * Short because a socket's path may have 107 characters at most.
 */
export const RUN = "/run/slipway-sandbox";

/** Names the sandbox, by its {@link DATA}, that has the machine's one cluster from source. */
export const OWNER = join(RUN, "owner");
