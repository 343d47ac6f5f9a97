import { trainingName } from "../../../components/well-known.ts";
import type { Change } from "./change.ts";

/** What a plan does to people, each list in plain words, the worst first. */
export interface Words {
  /** What is deleted for ever. */
  lost: string[];
  /** What does not answer for a while, or no more. */
  away: string[];
  /** What is trained again. */
  retrained: string[];
  /** What the prediction API's new program proves to serve, without a training. */
  proven: string[];
  /** What standing versions are signed anew, without a training. */
  signed: string[];
  /** What restarts without anybody noticing. */
  restarts: string[];
}

/** Claims, an operator's cluster with its own, and a namespace with all of them. */
const HOLDS_DATA: Record<string, (name: string) => string> = {
  PersistentVolumeClaim: (name) => `${name}-data`,
  Cluster: (name) => `${name}-cluster`,
  Namespace: (name) => `everything in namespace ${name}`,
};

/** What people call a workload that is not named after a model. */
const CALLED: Record<string, string> = {
  mlflow: "MLflow",
  postgres: "Postgres",
  "object-store": "MinIO",
  "object-store-seaweedfs": "the object store",
  prometheus: "Prometheus",
  grafana: "Grafana",
  ui: "the page",
  "mlflow-login": "the login at MLflow",
  "ui-login": "the login at the page",
  "grafana-login": "the login at Grafana",
};

const called = (name: string) => CALLED[name] ?? name;

/** What a plan does, from what happens to each resource. Each list is sorted, as the engine names them in any order. */
export function wordsOf(all: readonly Change[]): Words {
  const changes = [...all].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const gone = (op: Change["op"]) => op === "delete" || op === "replace";
  const lost = changes.flatMap(({ op, kind, name }) => {
    const holds = HOLDS_DATA[kind];
    return holds && gone(op) ? [holds(name)] : [];
  });
  const workloads = changes.filter(({ kind }) => kind === "Deployment" || kind === "StatefulSet");
  const stopped = workloads.filter(({ pods }) => pods === "recreate").map(({ name }) => name);
  const ended = workloads.filter(({ op }) => op === "delete").map(({ name }) => name);
  const jobs = changes.filter(
    ({ op, kind }) => kind === "Job" && (op === "create" || op === "replace"),
  );
  const files = changes.filter(({ kind }) => kind === "ConfigMap").map(({ name }) => name);
  const standing = jobs.filter(({ name }) => !files.includes(name));
  const proving = standing.filter(({ proves }) => proves);
  const signing = standing.filter(({ signs }) => signs);
  return {
    lost,
    away: [
      ...ended.map((name) => `${called(name)} is there no more`),
      ...stopped.map((name) => `${called(name)} is away while it restarts${reach(name)}`),
    ],
    retrained: modelsOf(jobs.filter((job) => ![...proving, ...signing].includes(job))),
    proven: modelsOf(proving),
    signed: modelsOf(signing),
    restarts: workloads
      .filter(({ pods }) => pods === "rolling")
      .map(({ name }) => called(name))
      .sort(),
  };
}

/** Whom it takes along. Predictions need MLflow only for a new champion. */
function reach(name: string): string {
  if (["postgres", "object-store", "object-store-seaweedfs"].includes(name))
    return ", and MLflow with it";
  return name === "mlflow" ? ", about 40 s" : "";
}

function modelsOf(jobs: readonly Change[]): string[] {
  const suffix = trainingName("");
  const trainings = jobs.map(({ name }) => name).filter((name) => name.endsWith(suffix));
  return trainings.map((name) => name.slice(0, -suffix.length)).sort();
}

/** The same as sentences, the worst first; the last says what else. */
export function sentencesOf(changes: readonly Change[]): string[] {
  const { lost, away, retrained, proven, signed, restarts } = wordsOf(changes);
  const sentences = [
    lost.length > 0 ? `DATA ARE LOST: ${list(lost)}.` : "",
    away.length > 0 ? `${sentence(away.join("; "))}.` : "",
    retrained.length > 0 ? `Trained again: ${list(retrained)}.` : "",
    proven.length > 0
      ? `The prediction API's new program proves what it serves, nothing is trained: ${list(proven)}.`
      : "",
    signed.length > 0
      ? `Signatures of champion and previous are renewed where they must be, nothing is trained: ${list(signed)}.`
      : "",
    restarts.length > 0
      ? `Restart pod by pod, a new one answering before an old one goes: ${list(restarts)}.`
      : "",
  ].filter((text) => text !== "");
  if (changes.length === 0) return ["Nothing changes."];
  if (sentences.length === 0) return ["Nothing that runs is touched, and nothing is lost."];
  return lost.length > 0 ? sentences : [...sentences, "Nothing is lost."];
}

/** A plan as a person reads it before saying yes: what it does to people, then each resource, what is lost first. */
export function planText(changes: readonly Change[]): string {
  const order = ["delete", "replace", "update", "create"] as const;
  const resources = order.flatMap((op) =>
    changes.filter((change) => change.op === op).map(({ kind, name }) => `  ${op} ${kind} ${name}`),
  );
  return [sentencesOf(changes).join("\n"), ...resources].join("\n");
}

function list(names: readonly string[]): string {
  const [last = "", ...others] = [...names].reverse();
  return others.length === 0 ? last : `${others.reverse().join(", ")} and ${last}`;
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
