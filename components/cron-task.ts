import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Environment } from "./environment.ts";
import { cronJobSpec } from "./lib/cron-job.ts";
import { type Access, allOf, policy } from "./lib/network.ts";
import { fixedName } from "./lib/options.ts";
import { type ContainerArgs, container, podSpec, scratch } from "./lib/pod.ts";

/** A schedule that never comes: 30 February. */
export const NEVER = "0 0 30 2 *";

/** One of the programs of a task: the next begins when it has ended well, or a server's probe answers. */
export type Step = ContainerArgs & {
  /** Runs beside the steps that follow, until the last has ended. @default false */
  server?: boolean;
};

type Mount = { name: string } & k8s.types.input.core.v1.VolumeMount;

/** Programs that run one after the other in one pod, at times. */
export interface CronTaskArgs {
  /** Where it runs. */
  namespace: Environment;
  /** Its role: the label `app.kubernetes.io/component`. */
  component: string;
  /** Version of what it runs, for a label. */
  version?: string | undefined;
  /** User id of its processes. */
  uid: number;
  /** At least one; the last must not be a server. */
  steps: Step[];
  /** When, as cron. */
  schedule: string;
  /** Minutes after which it counts as failed. @default six hours */
  deadlineMinutes?: number;
  /** Exit codes of its last step that another try would end with too. @default none: it is tried three times */
  finalCodes?: number[];
  /** Made as a template of Jobs that people start. @default false */
  suspended?: boolean;
  /** Size of its `/tmp`. */
  tmp: string;
  /** What its steps may mount beside `/tmp`; what none mounts is left out. */
  volumes: k8s.types.input.core.v1.Volume[];
  /** What each step mounts, beside its own. */
  volumeMounts: Mount[];
  /** Whom it may reach. */
  reaches: Access[];
}

/** A CronJob of several steps, with its NetworkPolicy, as children of the component that it belongs to. */
export class CronTask {
  readonly cronJob: k8s.batch.v1.CronJob;

  constructor(name: string, args: CronTaskArgs, parent: pulumi.Resource) {
    const { namespace, component, version, schedule, suspended = false } = args;
    const { deadlineMinutes = 6 * 60, finalCodes } = args;
    const metadata = namespace.metadata(name, component, version);
    const reaches = allOf(args.reaches);
    const child = fixedName(parent);
    const rules = policy(namespace.selector(name), {
      egress: [...reaches.egress, ...namespace.egress],
    });
    new k8s.networking.v1.NetworkPolicy(name, { metadata, spec: rules }, child);

    const labels = { ...metadata.labels, ...reaches.labels };
    const job = {
      // A repeat costs little: what is done already is found.
      backoffLimit: suspended ? 0 : 2,
      activeDeadlineSeconds: deadlineMinutes * 60,
      ...(finalCodes && { podFailurePolicy: endsWith(finalCodes) }),
      template: { metadata: { labels }, spec: pod(args) },
    };
    const spec = {
      ...cronJobSpec(schedule, metadata.labels, job),
      ...(suspended ? { suspend: true } : {}),
    };
    this.cronJob = new k8s.batch.v1.CronJob(name, { metadata, spec }, child);
  }
}

/** kubernetes.io/docs/tasks/job/pod-failure-policy */
const endsWith = (values: number[]) => ({
  rules: [
    { action: "FailJob", onExitCodes: { operator: "In", values } },
    // A drained node is no fault of the program.
    { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] },
  ],
});

function pod({ namespace, uid, steps, tmp, volumes, volumeMounts }: CronTaskArgs) {
  const mounted = new Set<unknown>(["tmp"]);
  const made = steps.map(({ server = false, ...step }) => {
    const mounts = [...volumeMounts, ...((step.volumeMounts ?? []) as Mount[])];
    for (const { name } of mounts) mounted.add(name);
    const one = container({ ...step, volumeMounts: mounts });
    // A container of the beginning that goes on: kubernetes.io/docs/concepts/workloads/pods/sidecar-containers
    return server ? { ...one, restartPolicy: "Always" } : one;
  });
  const before = made.slice(0, -1);
  return podSpec(namespace.pods, {
    uid,
    restartPolicy: "Never",
    ...(before.length > 0 && { initContainers: before }),
    containers: made.slice(-1),
    volumes: [scratch("tmp", tmp), ...volumes].filter(({ name }) => mounted.has(name)),
  });
}
