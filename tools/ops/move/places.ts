import { AUTHORITY } from "../../../components/credentials.ts";
import type { EgressRule } from "../../../components/lib/network.ts";
import { Failure } from "../../lib/failure.ts";
import type { Deployment } from "../../lib/kubernetes.ts";
import { type Evaluation, plain } from "../../lib/program/evaluate.ts";
import type { Environment } from "../../lib/stack/environment.ts";
import { readSecret } from "../../lib/stack/secret.ts";

/** What can move: MLflow's database, or the objects of its models and artifacts. */
export const SUBJECTS = ["database", "artifacts"] as const;
export type Subject = (typeof SUBJECTS)[number];

/** Where MLflow keeps what it knows, without the account. */
export interface Place {
  /** For people and to compare, e.g. `db.example.com:5432/mlflow` or `https://s3.example.com/models`. */
  address: string;
  /** How it is reached, as MLflow's own variables have it. */
  variables: Record<string, string>;
  /** The bucket; of artifacts alone. */
  bucket: string;
  /** Secret with the account: keys `username` and `password`, and `ca.crt` where the server's certificate is judged. */
  secret: string;
  /** Port of the server. */
  port: number;
}

/** A place with its account. */
export interface Connection extends Place {
  username: string;
  password: string;
  /** Certificates in PEM by which the server is known; empty where none is asked for. */
  authority: string;
}

/** Where a Job of a move finds its files. */
export const MOVE_FILES = "/run/secrets/move";

type PodTemplate = Pick<Deployment, "spec">;

/** The two places of a MLflow Deployment: one that runs, or one that the program would make. */
export function placesOf({ spec }: PodTemplate): Record<Subject, Place> {
  const pod = spec.template.spec;
  const [container] = pod?.containers ?? [];
  const pairs = (container?.env ?? []).map(({ name, value }) => [name, value ?? ""]);
  const variables = Object.fromEntries(pairs) as Record<string, string>;
  const variable = (name: string) => variables[name] ?? "";
  const secretOf = (volume: string) =>
    (pod?.volumes ?? []).find(({ name }) => name === volume)?.secret?.secretName ?? "";
  const destination = (container?.args ?? []).find((arg) => arg.startsWith("s3://")) ?? "";
  const bucket = destination.split("/")[2] ?? "";
  const endpoint = variable("MLFLOW_S3_ENDPOINT_URL");
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  const defaultPort = url?.protocol === "http:" ? 80 : 443;
  return {
    database: {
      address: `${variable("PGHOST")}:${variable("PGPORT")}/${variable("PGDATABASE")}`,
      variables,
      bucket: "",
      secret: secretOf("database"),
      port: Number(variable("PGPORT")),
    },
    artifacts: {
      address: `${endpoint.replace(/\/$/, "")}/${bucket}`,
      variables,
      bucket,
      secret: secretOf("object-store"),
      port: Number(url?.port ?? "") || defaultPort,
    },
  };
}

/** MLflow as the program would make it. */
export function wantedMlflow(evaluation: Evaluation): PodTemplate {
  const found = described(evaluation, "Deployment");
  if (found === undefined) throw new Failure("the program makes no Deployment 'mlflow'");
  return found as PodTemplate;
}

/** MLflow as it is in the cluster; undefined before the first deployment. */
export async function liveMlflow(environment: Environment): Promise<Deployment | undefined> {
  return (await live(environment, "Deployment")) as Deployment | undefined;
}

/** Where MLflow's policy lets it out to: that in the cluster, then that of the program. */
export async function egressOf(
  environment: Environment,
  evaluation: Evaluation,
): Promise<EgressRule[]> {
  const policies = [
    await live(environment, "NetworkPolicy"),
    described(evaluation, "NetworkPolicy"),
  ] as ({ spec?: { egress?: EgressRule[] } } | undefined)[];
  return policies.flatMap((policy) => policy?.spec?.egress ?? []);
}

/** MLflow's object of a kind, as the program would make it. */
function described({ resources }: Evaluation, kind: string): unknown {
  const found = resources.find(({ type, name }) => type.endsWith(`:${kind}`) && name === "mlflow");
  return found && plain(found.inputs);
}

/** The same, as it is in the cluster. */
async function live({ kubectl, namespace }: Environment, kind: string): Promise<unknown> {
  const get = ["-n", namespace, "get", kind.toLowerCase(), "mlflow", "-o", "json"];
  const { stdout } = await kubectl([...get, "--ignore-not-found"]);
  return stdout === "" ? undefined : JSON.parse(stdout);
}

/** The account of a place, from its Secret. */
export async function connect(environment: Environment, place: Place): Promise<Connection> {
  const { keys, refused } = await readSecret(environment, place.secret);
  if (refused !== undefined) {
    throw new Failure(
      `the Secret ${place.secret} of ${environment.namespace} cannot be read: ${refused}; get the right to read Secrets there`,
    );
  }
  const { username = "", password = "", [AUTHORITY]: authority = "" } = keys;
  return { ...place, username, password, authority };
}

/** Files by which a Job reaches both: a libpq service file, or a JSON document each. */
export function filesOf(
  subject: Subject,
  { source, target }: { source: Connection; target: Connection },
): Record<string, string> {
  if (subject === "database") {
    return {
      "services.conf": `[source]\n${service(source, "source.crt")}\n[target]\n${service(target, "target.crt")}`,
      "source.crt": source.authority,
      "target.crt": target.authority,
    };
  }
  return { "source.json": bucketFile(source), "target.json": bucketFile(target) };
}

/** libpq takes what is behind `=` as it is (postgresql.org/docs/current/libpq-pgservice.html). */
function service({ variables, username, password }: Connection, certificates: string): string {
  const settings = {
    host: variables["PGHOST"],
    port: variables["PGPORT"],
    dbname: variables["PGDATABASE"],
    user: username,
    password,
    sslmode: variables["PGSSLMODE"],
    ...(variables["PGSSLROOTCERT"] && { sslrootcert: `${MOVE_FILES}/${certificates}` }),
  };
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${value ?? ""}\n`)
    .join("");
}

function bucketFile({ variables, bucket, username, password }: Connection): string {
  const [endpoint, region] = [variables["MLFLOW_S3_ENDPOINT_URL"], variables["AWS_DEFAULT_REGION"]];
  return JSON.stringify({ endpoint, region, bucket, accessKey: username, secretKey: password });
}
