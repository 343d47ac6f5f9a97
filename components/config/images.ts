import { z } from "zod";
import { secret, text } from "./values.ts";

const pin = (what: string) =>
  z
    .string()
    .regex(
      /^[\w.\-/:]+:[\w.-]+(@sha256:[0-9a-f]{64})?$/,
      "is not a valid image, such as registry.example.com/team/ui:1a2b3c4@sha256:…",
    )
    .optional()
    .describe(`Image of ${what}.`);

/** Images of our own, by the name under which they are built. */
export const imagePins = z
  .strictObject({
    training: pin("the training Jobs"),
    serving: pin("the prediction APIs"),
    ui: pin("the web page"),
    mlflow: pin("MLflow"),
    minio: pin("the object store"),
  })
  .prefault({})
  .describe(
    "Images to run instead of those of this commit; `npm run rollback -- --image` writes them, and removing one ends it.",
  );

/** Registry of our own images. */
export const imageRegistry = z
  .strictObject({
    host: text.describe("e.g. `quay.io`."),
    prefix: text.describe("Repository prefix, e.g. `my-team/slipway`."),
    username: text.optional().describe("Account that pushes and pulls; absent: none is needed."),
    password: secret.optional().describe("Its password."),
  })
  .optional()
  .describe("Where images are pushed and pulled.");

/** How our own images come about. */
export const imageBuild = z
  .strictObject({
    promote: z
      .boolean()
      .prefault(false)
      .describe(
        "Build nothing: run what another stack pushed from the same commit, by its digest.",
      ),
    platform: text.prefault("linux/amd64").describe("Platform of the cluster's nodes."),
    args: z
      .record(z.string(), z.string())
      .prefault({})
      .describe("Build arguments, e.g. a mirror of a base image."),
    network: text.optional().describe("Network mode while building, e.g. `host`."),
  })
  .prefault({})
  .describe("How images are built.");

/** Images of others. */
export const otherImages = z
  .strictObject({
    postgres: text
      .prefault("docker.io/library/postgres:18.6-bookworm")
      .describe("By exact version."),
    prometheus: text.prefault("docker.io/prom/prometheus:v3.13.3").describe("By exact version."),
    grafana: text.prefault("docker.io/grafana/grafana:13.2.3").describe("By exact version."),
  })
  .prefault({})
  .describe("Images of others; point them at your mirror.");
