import { z } from "zod";
import { PORTS } from "../well-known.ts";
import { host, port, quantity, resources, secret, text } from "./values.ts";

const storageClass = text.optional().describe("Absent: the cluster's default.");

/** A server of ours with a volume. */
const bundled = (what: string, size: string) =>
  z.strictObject({
    kind: z.literal("bundled").describe(what),
    size: quantity.prefault(size).describe("Size of the volume; may grow later."),
    storageClass,
    resources: resources("100m", "256Mi", "512Mi").describe("The server."),
  });

/** MLflow's database, by kind. */
export const database = z.discriminatedUnion("kind", [
  bundled("Our own Postgres with one volume.", "5Gi"),
  z.strictObject({
    kind: z.literal("external").describe("A server of yours."),
    host: host.describe("Host of the server."),
    port: port.prefault(PORTS.postgres).describe("Port of the server."),
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
    storageClass,
    instances: z.int().min(1).prefault(3).describe("One primary, the rest replicas."),
    resources: resources("250m", "512Mi", "1Gi").describe("The server."),
  }),
]);

/** Store of artifacts, by kind. */
export const objectStore = z.discriminatedUnion("kind", [
  bundled("Our own MinIO with one volume.", "10Gi"),
  z.strictObject({
    kind: z.literal("external").describe("Any S3."),
    endpoint: z.url().describe("e.g. `https://s3.eu-west-3.amazonaws.com`."),
    bucket: text.describe("Existing bucket."),
    region: text.prefault("us-east-1").describe("Region of the bucket."),
    accessKey: text.describe("Access key, limited to the bucket."),
    secretKey: secret.describe("Its secret key."),
  }),
]);
