import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { type Namespace, environmentOf } from "./environment.ts";
import { cronJobSpec } from "./lib/cron-job.ts";
import { contentHash } from "./lib/hash.ts";
import type { ImageReference } from "./lib/image-reference.ts";
import { type Access, allOf, policy } from "./lib/network.ts";
import { fixedName } from "./lib/options.ts";
import {
  type ContainerArgs,
  type PodEnvironment,
  type ReadAtStart,
  checksums,
  container,
  podSpec,
  scratch,
} from "./lib/pod.ts";

type JobSpec = k8s.types.input.batch.v1.JobSpec;

/** A program of ours that ends: what runs, when, and whom it reaches. */
export interface TaskArgs {
  /** Where it runs. */
  namespace: Namespace;
  /** Its role, e.g. `training`: the label `app.kubernetes.io/component`. */
  component: string;
  /** What its container runs. */
  image: ImageReference;
  /** User id of its processes. */
  uid: number;
  /** The container: its command, mounts, environment, CPU and memory. */
  container: Omit<ContainerArgs, "image">;
  /** Size of its `/tmp`. @default 64Mi */
  tmp?: string;
  /** What runs to its end first, each of an image of its own. @default nothing */
  initContainers?: ContainerArgs[];
  /** What its container mounts beside `/tmp`. */
  volumes: k8s.types.input.core.v1.Volume[];
  /** What it must run again for when its content changes, beside `identity`: what is not known before. @default nothing */
  reads?: ReadAtStart[];
  /** Whom it may reach. */
  reaches: Access[];
  /** What its result depends on: when any of these texts changes, it runs again. */
  identity: string[];
  /** Tries, deadline and the like. */
  job: Omit<JobSpec, "template">;
  /** Runs again at these times, e.g. `0 3 * * 1`. @default on change only */
  schedule?: string | undefined;
  /** What must be ready before it runs. */
  dependsOn: pulumi.Resource[];
  /** How long `up` waits until it has ended. */
  timeout: string;
}

/**
 * All that a program which ends needs on a cluster, as children of the component that it belongs to:
 * Job, NetworkPolicy, and with `schedule` a CronJob.
 */
export class Task {
  readonly job: k8s.batch.v1.Job;

  constructor(name: string, args: TaskArgs, parent: pulumi.Resource) {
    const { component, image, identity, dependsOn, schedule } = args;
    const namespace = environmentOf(args.namespace, name, parent);
    const child = fixedName(parent);
    const metadata = namespace.metadata(name, component, image.tag);
    const reaches = allOf(args.reaches);

    const rules = policy(namespace.selector(name), {
      egress: [...reaches.egress, ...namespace.egress],
    });
    new k8s.networking.v1.NetworkPolicy(name, { metadata, spec: rules }, child);

    const spec = jobSpec(namespace.pods, args, { ...metadata.labels, ...reaches.labels });
    const jobMetadata = {
      ...metadata,
      // A Job cannot change: with another identity it is another Job.
      name: `${name}-${contentHash(...identity)}`,
      // A Job that failed is run again by the next `up`; one that is done stays as the record of what
      // was done.
      annotations: { "pulumi.com/replaceUnready": "true" },
    };
    // The old Job goes first: an `up` that fails then leaves none of its name in the way of a revert.
    this.job = new k8s.batch.v1.Job(
      name,
      { metadata: jobMetadata, spec },
      { ...child, dependsOn, customTimeouts: { create: args.timeout } },
    );
    if (schedule !== undefined) {
      const again = cronJobSpec(schedule, metadata.labels, spec);
      new k8s.batch.v1.CronJob(name, { metadata, spec: again }, child);
    }
  }
}

function jobSpec(pods: PodEnvironment, args: TaskArgs, labels: Record<string, string>): JobSpec {
  const { uid, image, tmp, volumes, job, reads, initContainers = [] } = args;
  const pod = podSpec(pods, {
    uid,
    restartPolicy: "Never",
    ...(initContainers.length > 0 && { initContainers: initContainers.map(container) }),
    containers: [container({ image: image.reference, ...args.container })],
    volumes: [scratch("tmp", tmp), ...volumes],
  });
  return { ...job, template: { metadata: { labels, ...checksums(reads) }, spec: pod } };
}
