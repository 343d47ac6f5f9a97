import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type Login, loginVolume } from "./credentials.ts";
import { contentHash } from "./lib/hash.ts";
import type { Access } from "./lib/network.ts";
import { type Variable, readOnly } from "./lib/pod.ts";
import type { DataStore } from "./object-store.ts";
import { DATA_PREFIXES } from "./well-known.ts";

const MOUNT = readOnly("data-store", "/run/secrets/data-store");
const CREDENTIALS = "/run/secrets/credentials";

/** What a pod needs to use something: variables, and what is mounted. */
export interface PodParts {
  variables: Record<string, Variable>;
  volumes: k8s.types.input.core.v1.Volume[];
  volumeMounts: ReturnType<typeof readOnly>[];
  /** What it reads at its start. */
  reads: Login[];
  /** Whom it reaches. */
  access: Access[];
  /** What must be there first. */
  dependsOn: pulumi.Resource[];
}

const NOTHING: PodParts = {
  variables: {},
  volumes: [],
  volumeMounts: [],
  reads: [],
  access: [],
  dependsOn: [],
};

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

/** The same bucket, as a prediction API writes to it. */
export function captureClient(store: DataStore): PodParts {
  const { endpoint, bucket, region, credentials } = store.capture;
  const mount = readOnly("capture", "/run/secrets/capture");
  return {
    variables: {
      CAPTURE_URL: at(bucket, DATA_PREFIXES.predictions),
      CAPTURE_ACCOUNT: mount.mountPath,
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: region,
    },
    volumes: [loginVolume(mount.name, credentials)],
    volumeMounts: [mount],
    reads: [credentials],
    access: [store.access],
    dependsOn: store.dependsOn,
  };
}

/** Secrets that others made, where a program looks for the accounts that a source or a batch names. */
export function namedAccounts(names: readonly (string | undefined)[]): PodParts {
  const all = [...new Set(names.filter((name) => name !== undefined))];
  if (all.length === 0) return NOTHING;
  const mounts = all.map((name) =>
    readOnly(`account-${contentHash(name)}`, `${CREDENTIALS}/${name}`),
  );
  return {
    ...NOTHING,
    variables: { DATA_CREDENTIALS: CREDENTIALS },
    volumes: all.map((secretName, index) => ({
      name: mounts[index]?.name ?? "",
      secret: { secretName },
    })),
    volumeMounts: mounts,
  };
}

/** All parts in one; what several of them mount is mounted once. */
export function together(...parts: readonly PodParts[]): PodParts {
  return {
    variables: Object.fromEntries(parts.flatMap(({ variables }) => Object.entries(variables))),
    volumes: once(parts.flatMap(({ volumes }) => volumes)),
    volumeMounts: once(parts.flatMap(({ volumeMounts }) => volumeMounts)),
    reads: parts.flatMap(({ reads }) => reads),
    access: parts.flatMap(({ access }) => access),
    dependsOn: parts.flatMap(({ dependsOn }) => dependsOn),
  };
}

/** The first of each name: a pod with a volume twice is refused. */
function once<Named extends { name: pulumi.Input<string> }>(all: readonly Named[]): Named[] {
  return all.filter(({ name }, index) => all.findIndex((one) => one.name === name) === index);
}

function at(bucket: pulumi.Input<string>, prefix: string): pulumi.Output<string> {
  return pulumi.interpolate`s3://${bucket}/${prefix}`;
}
