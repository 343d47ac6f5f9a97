import type * as pulumi from "@pulumi/pulumi";
import type { Step } from "../cron-task.ts";
import type { BucketClient } from "../object-store.ts";
import { FIXED_RESOURCES } from "../well-known.ts";
import { environment, secrets } from "./pod.ts";

/** Whose objects are copied, and by what. */
interface ObjectsOf {
  images: { mlflow: pulumi.Input<string> };
  objects: BucketClient;
  data?: BucketClient | undefined;
}

/** MLflow's objects, and those of the bucket of data, which may all be old enough to go. */
export function objectSteps(of: ObjectsOf, way: string, COPY: string): Step[] {
  const { objects, data } = of;
  const own = { name: "artifacts", bucket: objects, secret: "object-store" };
  if (data === undefined) return [objectStep(of, way, { ...own, variables: { COPY } })];
  const variables = { COPY: `${COPY}/data`, PREFIX: "", MAY_BE_EMPTY: "1" };
  return [
    objectStep(of, way, { ...own, variables: { COPY } }),
    objectStep(of, way, { name: "data", bucket: data, secret: "data-store", variables }),
  ];
}

function objectStep(
  { images }: ObjectsOf,
  way: string,
  {
    name,
    bucket,
    secret,
    variables,
  }: { name: string; bucket: BucketClient; secret: string; variables: Record<string, string> },
): Step {
  return {
    name,
    image: images.mlflow,
    command: ["python", "/scripts/backup-artifacts.py", way],
    env: environment({
      ...variables,
      MLFLOW_S3_ENDPOINT_URL: bucket.endpoint,
      AWS_DEFAULT_REGION: bucket.region,
      BUCKET: bucket.bucket,
      OBJECT_STORE_SECRET: `/run/secrets/${secret}`,
    }),
    resources: FIXED_RESOURCES.backup,
    volumeMounts: secrets(secret),
  };
}
