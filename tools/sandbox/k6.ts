import type { GoSource } from "../lib/go-source.ts";

/** The load generator behind `npm run loadtest` where k6 is not installed. */
export const K6: GoSource = { name: "k6", module: "go.k6.io/k6", version: "v1.8.1" };
