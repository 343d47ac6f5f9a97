import { readFileSync } from "node:fs";
import { join } from "node:path";
import { scriptFile } from "../../../components/lib/files.ts";
import { instanceLabel, labelPairs, labels, selector } from "../../../components/lib/labels.ts";
import { type EgressRule, letIn, pods, policy, tcp } from "../../../components/lib/network.ts";
import { container, environment, podSpec, readOnly, scratch } from "../../../components/lib/pod.ts";
import { Failure } from "../../lib/failure.ts";
import type { Deployment } from "../../lib/kubernetes.ts";
import type { Environment } from "../../lib/stack/environment.ts";
import { followJob } from "../../lib/stack/follow-job.ts";
import { type Connection, MOVE_FILES, type Subject, filesOf } from "./places.ts";

export interface MoveJobArgs {
  subject: Subject;
  source: Connection;
  target: Connection;
  /** What runs: Postgres' own tools, or MLflow's Python. */
  image: string;
  /** MLflow, whose account at the registry is taken over. */
  mlflow: Deployment;
  /** Where MLflow is let out to: now, and by what the program would make. */
  egress: EgressRule[];
  openshift: boolean;
  /** Let data at the target go that are not the source's. */
  overwrite: boolean;
}

/** What runs a copy, by what is copied. */
const RUNNERS = {
  database: {
    script: "database.sh",
    beside: ["fingerprint.sql", "postgres-client.sh"],
    command: "/bin/bash",
    uid: 999,
  },
  artifacts: { script: "artifacts.py", beside: ["s3_bucket.py"], command: "python", uid: 10001 },
} as const;
const RESOURCES = { cpu: "100m", memory: "256Mi", memoryLimit: "1Gi" };
const KINDS = "jobs,configmaps,secrets,networkpolicies";

/** Everything that a copy needs in the cluster, in the order in which it is made. */
export function moveObjects(environment_: Environment, args: MoveJobArgs): object[] {
  const { instance, namespace } = environment_;
  const { subject, source, target, egress } = args;
  const own = selector("move", instance);
  const metadata = {
    name: nameOf(environment_),
    namespace,
    labels: labels(own, "move"),
  };
  const { script, beside } = RUNNERS[subject];
  const ports = [...new Set([source.port, target.port])].map(tcp);
  const out = policy(own, { egress });
  // The policy of a server that is there already may be the next one's by now.
  const into = letIn(instanceLabel(instance), [{ from: [pods(own)], ports }]);
  const text = readFileSync(join(import.meta.dirname, script), "utf8");
  const others = Object.fromEntries(beside.map((file) => [file, scriptFile(file)]));
  const network = { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" };
  return [
    { ...network, metadata, spec: out },
    { ...network, metadata: { ...metadata, name: `${metadata.name}-in` }, spec: into },
    { apiVersion: "v1", kind: "Secret", metadata, stringData: filesOf(subject, args) },
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata,
      data: { [script]: text, ...others },
    },
    { apiVersion: "batch/v1", kind: "Job", metadata, spec: jobSpec(metadata, args) },
  ];
}

function nameOf({ instance }: Environment): string {
  return `${instance}-move`;
}

function jobSpec(metadata: { name: string; labels: object }, args: MoveJobArgs) {
  const { subject, image, mlflow, openshift, overwrite } = args;
  const { script, command, uid } = RUNNERS[subject];
  const pullSecrets = (mlflow.spec.template.spec?.imagePullSecrets ?? []).flatMap(
    ({ name }) => name ?? [],
  );
  const env = {
    ...{ WORK: "/tmp", OVERWRITE: overwrite ? "yes" : "no" },
    ...{ PGSERVICEFILE: `${MOVE_FILES}/services.conf`, PLACES: MOVE_FILES },
  };
  const spec = podSpec(
    { openshift, pullSecrets },
    {
      uid,
      restartPolicy: "Never",
      containers: [
        container({
          name: "move",
          image,
          command: [command, `/scripts/${script}`],
          env: environment(env),
          resources: RESOURCES,
          volumeMounts: [readOnly("places", MOVE_FILES), readOnly("scripts", "/scripts")],
        }),
      ],
      volumes: [
        scratch("tmp", "256Mi"),
        { name: "places", secret: { secretName: metadata.name } },
        { name: "scripts", configMap: { name: metadata.name } },
      ],
    },
  );
  return { backoffLimit: 0, template: { metadata: { labels: metadata.labels }, spec } };
}

/**
 * Runs a copy to its end, and shows what it says; leaves nothing of it in the cluster.
 *
 * @throws Failure where anything differs, or could not be reached.
 */
export async function runMoveJob(environment_: Environment, args: MoveJobArgs): Promise<void> {
  const { kubectl } = environment_;
  // One that was interrupted may be there still.
  await removeMoveJob(environment_);
  const list = { apiVersion: "v1", kind: "List", items: moveObjects(environment_, args) };
  await kubectl(["create", "-f", "-"], { input: JSON.stringify(list) });
  try {
    if (await followJob(environment_, nameOf(environment_))) return;
  } finally {
    await removeMoveJob(environment_);
  }
  throw new Failure(`the ${args.subject} did not move: the lines above say why`);
}

async function removeMoveJob({ kubectl, namespace, instance }: Environment): Promise<void> {
  const own = labelPairs(selector("move", instance));
  const remove = ["-n", namespace, "delete", KINDS, "-l", own.join(","), "--ignore-not-found"];
  await kubectl([...remove, "--cascade=foreground", "--timeout=120s"]);
}
