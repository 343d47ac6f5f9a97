import * as pulumi from "@pulumi/pulumi";
import { loginVolume } from "./credentials.ts";
import { contentHash } from "./lib/hash.ts";
import { readOnly } from "./lib/pod.ts";
import type { DataStore } from "./object-store.ts";
import { NOTHING, type PodParts } from "./pod-parts.ts";
import { DATA_PREFIXES } from "./well-known.ts";

const MOUNT = readOnly("data-store", "/run/secrets/data-store");
const CREDENTIALS = "/run/secrets/credentials";

/** The bucket of data, as the training image uses it: snapshots, predictions and batches. */
export function dataClient(store: DataStore | undefined): PodParts {
  if (store === undefined) return NOTHING;
  const { endpoint, bucket, region, credentials } = store.data;
  return {
    variables: {
      DATA_STORE: at(bucket, DATA_PREFIXES.snapshots),
      PREDICTIONS: at(bucket, DATA_PREFIXES.predictions),
      DATA_STORE_ENDPOINT: endpoint,
      DATA_STORE_REGION: region,
      DATA_STORE_ACCOUNT: MOUNT.mountPath,
    },
    volumes: [loginVolume(MOUNT.name, credentials)],
    volumeMounts: [MOUNT],
    reads: [credentials],
    access: [store.access],
    dependsOn: store.dependsOn,
  };
}

/** What is kept of predictions, and where. */
export interface CaptureArgs {
  /** The bucket of data. */
  store: DataStore;
  /** Share of the requests. @default all */
  rate?: number;
  /** Features that are never kept. @default none */
  drop?: readonly string[];
}

/** The same bucket, as a prediction API writes to it. */
export function captureClient(args: CaptureArgs | undefined): PodParts {
  if (args === undefined) return NOTHING;
  const { store, rate = 1, drop = [] } = args;
  const { endpoint, bucket, region, credentials } = store.capture;
  const mount = readOnly("capture", "/run/secrets/capture");
  return {
    variables: {
      CAPTURE_URL: at(bucket, DATA_PREFIXES.predictions),
      CAPTURE_ACCOUNT: mount.mountPath,
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: region,
      ...(rate < 1 && { CAPTURE_RATE: String(rate) }),
      ...(drop.length > 0 && { CAPTURE_DROP: JSON.stringify(drop) }),
    },
    volumes: [loginVolume(mount.name, credentials)],
    volumeMounts: [mount],
    reads: [credentials],
    access: [store.access],
    dependsOn: store.dependsOn,
  };
}

/** A Secret that others made, where a program looks for the account that a source or a batch names. */
export function namedAccount(secretName: string | undefined): PodParts {
  if (secretName === undefined) return NOTHING;
  const mount = readOnly(`account-${contentHash(secretName)}`, `${CREDENTIALS}/${secretName}`);
  return {
    ...NOTHING,
    variables: { DATA_CREDENTIALS: CREDENTIALS },
    volumes: [{ name: mount.name, secret: { secretName } }],
    volumeMounts: [mount],
  };
}

function at(bucket: pulumi.Input<string>, prefix: string): pulumi.Output<string> {
  return pulumi.interpolate`s3://${bucket}/${prefix}`;
}
