import { isIPv4 } from "node:net";
import { z } from "zod";
import { certificatesProblem } from "../lib/pem.ts";
import { PORTS } from "../well-known.ts";
import { resources, volume } from "./quantities.ts";
import {
  count,
  flowing,
  leadsTo,
  objectName,
  port,
  ruled,
  server,
  storable,
  text,
  webAddress,
} from "./values.ts";

/** Class of a volume. */
export const storageClass = objectName.optional().describe("Absent: the cluster's default.");
const instances = count(1).prefault(3).describe("One primary, the rest replicas.");

/** The kind that is meant where none is named, also beside other keys. */
const byDefault = <Kind extends string>(kind: Kind) =>
  z
    .literal(kind)
    .optional()
    .transform(() => kind);

/** Name of a database or role: Postgres cuts off what is beyond 63 bytes (NAMEDATALEN). */
const identifier = text.check((ctx) => {
  if (Buffer.byteLength(ctx.value) <= 63) return;
  const message = "has more than the 63 bytes that Postgres takes for a name";
  ctx.issues.push({ code: "custom", input: ctx.value, message, params: { shown: true } });
});

/** The rules for buckets of S3 (docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html). */
function bucketProblem(name: string): string | undefined {
  const sound = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !name.includes("..");
  if (sound && !isIPv4(name)) return undefined;
  return "is not a valid name of a bucket: 3 to 63 lower-case letters, digits, dots and hyphens, with a letter or digit at each end, and no IP address";
}

function regionProblem(name: string): string | undefined {
  return /^[\w-]+$/.test(name)
    ? undefined
    : "is not a valid region, such as eu-west-3: letters, digits and hyphens";
}

/** What a server of ours with a volume has. */
const ours = (size: string) => ({
  size: volume.prefault(size).describe("Size of the volume; may grow later."),
  storageClass,
  resources: resources("100m", "256Mi", "512Mi").describe("The server."),
});

/** The server of ours that is meant where no kind is named. */
const bundled = (what: string, size: string) =>
  z.strictObject({ kind: byDefault("bundled").describe(what), ...ours(size) });

/** MLflow's database, by kind. */
export const database = z.discriminatedUnion("kind", [
  bundled("Our own Postgres with one volume.", "5Gi").extend({
    upgradeFrom: count(9)
      .optional()
      .describe(
        "Major version whose data were copied and put aside: `images.postgres` may leave it (docs/runbooks/postgres-major-upgrade.md).",
      ),
  }),
  z.strictObject({
    kind: z.literal("external").describe("A server of yours."),
    host: flowing(server).describe("Host of the server."),
    addresses: leadsTo,
    port: port.prefault(PORTS.postgres).describe("Port of the server."),
    name: identifier.prefault("mlflow").describe("Database of MLflow."),
    user: identifier.prefault("mlflow").describe("Owner of that database."),
    password: storable.describe("Password of that user."),
    sslMode: z
      .enum(["require", "verify-ca", "verify-full", "disable"])
      .prefault("require")
      .describe("libpq's `sslmode`; those that verify need `ca`."),
    ca: flowing(ruled(certificatesProblem, false))
      .optional()
      .describe("The certificates in PEM that the server's must be signed by."),
  }),
  z.strictObject({
    kind: z.literal("cloudnative-pg").describe("A `Cluster` for the CloudNativePG operator."),
    size: volume.prefault("5Gi").describe("Size of each instance's volume."),
    storageClass,
    instances,
    resources: resources("250m", "512Mi", "1Gi").describe("The server."),
  }),
]);

/** A bucket of any S3, and the account that may use it. */
export const bucket = {
  endpoint: webAddress(["https:", "http:"]).describe("e.g. `https://s3.eu-west-3.amazonaws.com`."),
  addresses: leadsTo,
  bucket: flowing(ruled(bucketProblem)).describe("Existing bucket."),
  region: ruled(regionProblem).prefault("us-east-1").describe("Region of the bucket."),
  accessKey: flowing(text).describe("Access key, limited to the bucket."),
  secretKey: storable.describe("Its secret key."),
};

const { bucket: existing, accessKey, secretKey } = bucket;

/** A bucket of what training reads and predictions leave, and the accounts of who reads and who only writes. */
const data = z.strictObject({
  bucket: existing,
  accessKey: accessKey.describe("Access key of training, which reads and writes the bucket."),
  secretKey,
  capture: z
    .strictObject({
      accessKey: accessKey.describe("Access key that may only write below `predictions/`."),
      secretKey,
    })
    .describe("Account of the prediction APIs."),
});

/** Store of artifacts, by kind. */
export const objectStore = z.discriminatedUnion("kind", [
  bundled("Our own SeaweedFS with one volume.", "10Gi"),
  z.strictObject({
    kind: z.literal("minio").describe("Our own MinIO, which is no longer maintained: move away."),
    ...ours("10Gi"),
  }),
  z.strictObject({
    kind: z.literal("external").describe("Any S3."),
    ...bucket,
    data: data
      .optional()
      .describe(
        "Second bucket of that S3, for snapshots, predictions and batches; needed where models have any.",
      ),
  }),
]);

/** A volume that nothing uses any more. */
const kept = { size: volume.describe("Size of the volume."), storageClass };

/** Places of ours that data moved away from. */
export const movedFrom = z.strictObject({
  database: z
    .discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("bundled").describe("Our own Postgres."), ...kept }),
      z.strictObject({
        kind: z.literal("cloudnative-pg").describe("A `Cluster`, which hibernates."),
        ...kept,
        instances,
      }),
    ])
    .optional()
    .describe("MLflow's database."),
  objectStore: z
    .discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("bundled").describe("Our own SeaweedFS."), ...kept }),
      z.strictObject({ kind: z.literal("minio").describe("Our own MinIO."), ...kept }),
    ])
    .optional()
    .describe("Store of models and artifacts."),
});

/** The place that data moved away from; none where one of its kind is in use again, with the same volume. */
export function leftBehind<Place extends { kind: string }>(
  movedFrom: Place | undefined,
  inUse: { kind: string },
): Place | undefined {
  return movedFrom?.kind === inUse.kind ? undefined : movedFrom;
}
