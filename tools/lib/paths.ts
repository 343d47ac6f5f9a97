import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** Root of the repository. */
export const ROOT = resolve(import.meta.dirname, "../..");

/** What is expensive and survives `destroy`: binaries, base images, built images. `SLIPWAY_CACHE` moves it. */
export const CACHE = resolve(process.env["SLIPWAY_CACHE"] ?? join(homedir(), ".cache/slipway"));

/** What belongs to this sandbox: cluster state, volumes, logs, secrets. `SLIPWAY_DATA` moves it. */
export const DATA = resolve(process.env["SLIPWAY_DATA"] ?? join(ROOT, ".slipway/sandbox"));
