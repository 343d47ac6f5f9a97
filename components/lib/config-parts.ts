import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";

/** A Kubernetes quantity; YAML may give `1` as a number. */
export const quantity = z
  .union([z.string(), z.number()])
  .transform(String)
  .pipe(
    z.string().regex(/^\d+(\.\d+)?(m|[kMGT]|[KMGT]i)?$/, "is no quantity such as 500m, 1.5 or 2Gi"),
  );

export const cron = z
  .string()
  .regex(/^(\S+ ){4}\S+$/, "is no cron schedule of five fields, such as '0 3 * * 1'");
export const httpsUrl = z.url({ protocol: /^https$/, error: "must be an https:// address" });
/** Plain `http://` is for a sandbox alone; a rule says so. */
const gitUrl = z.url({ protocol: /^https?$/, error: "must be an https:// address" });
export const host = z.string().regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, "is no host name");
export const port = z.int().min(1).max(65535);
export const text = z.string().min(1);

const pin = (what: string) =>
  z
    .string()
    .regex(
      /^[\w.\-/:]+:[\w.-]+(@sha256:[0-9a-f]{64})?$/,
      "is no image such as registry.example.com/team/ui:1a2b3c4@sha256:…",
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

/** An encrypted value: it stays a secret on its way through the program. */
export const secret = text.transform((value) => pulumi.secret(value)).meta({ secret: true });

/** Requests and limit of one workload. */
export const resources = (cpu: string, memory: string, memoryLimit: string) =>
  z
    .strictObject({
      cpu: quantity.prefault(cpu).describe("Requested CPU."),
      memory: quantity.prefault(memory).describe("Requested memory."),
      memoryLimit: quantity
        .prefault(memoryLimit)
        .describe("Memory beyond which the container is killed."),
    })
    .prefault({});

/** MLflow's database, by kind. */
export const database = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("bundled").describe("Our own Postgres with one volume."),
    size: quantity.prefault("5Gi").describe("Size of the volume; may grow later."),
    storageClass: text.optional().describe("Absent: the cluster's default."),
    resources: resources("100m", "256Mi", "512Mi").describe("The server."),
  }),
  z.strictObject({
    kind: z.literal("external").describe("A server of yours."),
    host: host.describe("Host of the server."),
    port: port.prefault(5432).describe("Port of the server."),
    name: text.prefault("mlflow").describe("Database of MLflow."),
    user: text.prefault("mlflow").describe("Owner of that database."),
    password: secret.describe("Password of that user."),
    sslMode: z
      .enum(["require", "verify-ca", "verify-full", "disable"])
      .prefault("require")
      .describe("libpq's `sslmode`."),
  }),
  z.strictObject({
    kind: z.literal("cloudnative-pg").describe("A `Cluster` for the CloudNativePG operator."),
    size: quantity.prefault("5Gi").describe("Size of each instance's volume."),
    storageClass: text.optional().describe("Absent: the cluster's default."),
    instances: z.int().min(1).prefault(3).describe("One primary, the rest replicas."),
    resources: resources("250m", "512Mi", "1Gi").describe("The server."),
  }),
]);

/** Store of artifacts, by kind. */
export const objectStore = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("bundled").describe("Our own MinIO with one volume."),
    size: quantity.prefault("10Gi").describe("Size of the volume; may grow later."),
    storageClass: text.optional().describe("Absent: the cluster's default."),
    resources: resources("100m", "256Mi", "512Mi").describe("The server."),
  }),
  z.strictObject({
    kind: z.literal("external").describe("Any S3."),
    endpoint: z.url().describe("e.g. `https://s3.eu-west-3.amazonaws.com`."),
    bucket: text.describe("Existing bucket."),
    region: text.prefault("us-east-1").describe("Region of the bucket."),
    accessKey: text.describe("Access key, limited to the bucket."),
    secretKey: secret.describe("Its secret key."),
  }),
]);

/** Argo CD and the repository that it follows. */
export const argocd = z.strictObject({
  repository: gitUrl.describe(
    "Repository whose branch `gitops/<stack>` holds what `render` wrote.",
  ),
  username: text.prefault("git").describe("User of the token."),
  token: secret.optional().describe("Read token, for a private repository."),
  install: z.boolean().prefault(true).describe("Off: Argo CD is already in the cluster."),
  chart: text
    .prefault("oci://ghcr.io/argoproj/argo-helm/argo-cd")
    .describe("The official chart, or your mirror of it."),
  chartVersion: text.prefault("10.9.0").describe("Its exact version."),
  manifests: text
    .optional()
    .describe("A release's own `install.yaml` instead of the chart, where none can be fetched."),
});

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
