import { join } from "node:path";
import type { ImageBuild } from "../images.ts";

/** Images of others that are made from Debian's packages where no registry answers; they keep the same contract. */
export const HOME_MADE: ImageBuild[] = [
  "postgres:15-bookworm",
  "prometheus:2.42-bookworm",
  "pushgateway:1.5-bookworm",
  "alertmanager:0.25-bookworm",
  "postgres-exporter:0.11-bookworm",
  "restic:0.14-bookworm",
].map((name) => ({
  reference: `slipway.local/${name}`,
  context: join(import.meta.dirname, "images", name.replace(/:.*/, "")),
}));
