import type { RawConfig } from "../../lib/stack/stack-file.ts";

/** One edit that people make of a stack file. */
export interface Row {
  /** In the words of a person. */
  edit: string;
  /** Keys of the stack before the edit, beside those of {@link BASE}. @default none */
  from?: RawConfig;
  /** Keys that the edit writes; `undefined` removes one. */
  to: RawConfig;
  /** The stack's name after the edit. @default the same */
  stack?: string;
  /** Held against the real engine as well: what is risky, and one of each kind. */
  real?: boolean;
}

const digest = `@sha256:${"ab".repeat(32)}`;
const image = (name: string, tag = "1a2b3c4") =>
  `registry.example.com/team/${name}:${tag}${digest}`;
const PINS = Object.fromEntries(
  ["training", "serving", "ui", "mlflow", "seaweedfs", "minio"].map((name) => [name, image(name)]),
);

/** A registry with an account of that password. */
export const registry = (password: string) => ({
  ...{ host: "registry.example.com", prefix: "team", username: "robot", password },
});

const LOGIN = {
  ...{ issuer: "https://id.example.com", addresses: ["public"], clientId: "slipway" },
  ...{ clientSecret: "secret", admins: ["ml-admins"] },
};

const BACKUPS = {
  ...{
    kind: "s3",
    endpoint: "https://s3.example.com",
    addresses: ["public"],
    bucket: "team-backups",
  },
  ...{ accessKey: "backup", secretKey: "first" },
};

const NIGHTS = { at: "0 20 * * *", wakeAt: "0 7 * * *", apiServer: ["10.0.0.1/32"] };

const told = (url: string) => ({ alerts: { receivers: [{ kind: "slack", url }] } });

const DIABETES = { file: "diabetes.yaml", nodePort: 30800 };
const IRIS = { file: "iris.yaml", nodePort: 30801 };

/** The stack that is edited: everything bundled, and two models on node ports. Images are pinned, so that nothing is built. */
export const BASE: RawConfig = {
  wait: false,
  registry: registry("first"),
  pins: PINS,
  models: [DIABETES, IRIS],
  endpoint: { kind: "nodePort" },
};

const models = (first: object, second: object = {}): RawConfig => ({
  models: [
    { ...DIABETES, ...first },
    { ...IRIS, ...second },
  ],
});
const pin = (name: string): RawConfig => ({ pins: { ...PINS, [name]: image(name, "5d6e7f8") } });

const DATABASE = {
  kind: "external",
  host: "db.example.com",
  addresses: ["10.20.0.0/16"],
  password: "first",
};
const CLUSTER = { kind: "cloudnative-pg" };
const BUNDLED = { kind: "bundled", size: "5Gi" };
const STORE = {
  ...{
    kind: "external",
    endpoint: "https://s3.example.com",
    addresses: ["public"],
    bucket: "models",
  },
  ...{ accessKey: "ours", secretKey: "first" },
};
const INGRESS = { kind: "ingress", host: "ml.example.com", tls: { secretName: "tls" } };
const GATEWAY = {
  ...{ kind: "gateway", host: "ml.example.com", tls: {} },
  gateway: { name: "public", namespace: "gateway-system", section: "https" },
};
const ROUTE = { kind: "openshiftRoute", host: "ml.example.com", tls: {} };
const AUTH = {
  issuer: "https://login.example.com/realms/team",
  addresses: ["public"],
  audience: "team",
};
const ARGO = {
  delivery: "argocd",
  argocd: { repository: "https://git.example.com/team/slipway.git", install: false },
};
const openshift = { platform: "openshift", endpoint: ROUTE };

/** Every edit of docs/changes.md, by what is edited. */
export const ROWS: Record<string, Row[]> = {
  "Models and serving": [
    { edit: "more replicas at most", to: models({ replicas: { min: 2, max: 7 } }), real: true },
    { edit: "more replicas at least", to: models({ replicas: { min: 3 } }) },
    { edit: "another CPU use to scale at", to: models({ replicas: { cpuPercent: 70 } }) },
    { edit: "more memory for an API", to: models({ resources: { memory: "256Mi" } }) },
    {
      edit: "a model added",
      to: { models: [DIABETES, IRIS, { file: "titanic.yaml", nodePort: 30802 }] },
      real: true,
    },
    { edit: "a model removed", to: { models: [DIABETES] }, real: true },
    { edit: "predictions kept", to: models({ capture: {} }), real: true },
    {
      edit: "predictions no longer kept",
      from: models({ capture: {} }),
      to: models({}),
      real: true,
    },
    {
      edit: "predictions kept for fewer days",
      from: models({ capture: {} }),
      to: models({ capture: { retentionDays: 7 } }),
    },
    {
      edit: "a batch at night",
      from: models({ capture: {} }),
      to: models({
        capture: {},
        batch: [{ name: "nightly", source: "s3://shop/clients/*.csv", schedule: "0 3 * * *" }],
      }),
    },
    {
      edit: "a model replaced by another, at its node port",
      to: { models: [DIABETES, { ...IRIS, file: "titanic.yaml" }] },
      real: true,
    },
    { edit: "the models in another order", to: { models: [IRIS, DIABETES] }, real: true },
    { edit: "another node port of a model", to: models({}, { nodePort: 30809 }) },
    {
      edit: "two models that swap their node ports",
      to: models({ nodePort: 30801 }, { nodePort: 30800 }),
    },
    { edit: "more replicas of the page", to: { ui: { replicas: 3 } } },
    { edit: "more memory for the page", to: { ui: { resources: { memory: "96Mi" } } } },
    { edit: "predictions need a token", to: { auth: AUTH }, real: true },
    { edit: "predictions need none any more", from: { auth: AUTH }, to: { auth: undefined } },
    {
      edit: "other addresses of the issuer",
      from: { auth: AUTH },
      to: { auth: { ...AUTH, addresses: ["10.30.0.0/16"] } },
    },
    {
      edit: "another audience of tokens",
      from: { auth: AUTH },
      to: { auth: { ...AUTH, audience: "others" } },
    },
  ],
  Training: [
    { edit: "a schedule", to: models({ training: { schedule: "0 3 * * 1" } }) },
    {
      edit: "another schedule",
      from: models({ training: { schedule: "0 3 * * 1" } }),
      to: models({ training: { schedule: "0 4 * * 1" } }),
    },
    {
      edit: "no schedule any more",
      from: models({ training: { schedule: "0 3 * * 1" } }),
      to: models({}),
    },
    { edit: "more tries", to: models({ training: { retries: 5 } }), real: true },
    { edit: "a later deadline", to: models({ training: { deadlineMinutes: 60 } }) },
    {
      edit: "more memory for a training",
      to: models({ training: { resources: { memory: "1Gi" } } }),
    },
  ],
  Images: [
    { edit: "another image of training", to: pin("training"), real: true },
    { edit: "another image of serving", to: pin("serving"), real: true },
    { edit: "another image of the page", to: pin("ui") },
    { edit: "another image of MLflow", to: pin("mlflow") },
    { edit: "another image of SeaweedFS", to: pin("seaweedfs") },
    {
      edit: "a newer Postgres of the same major version",
      to: { images: { postgres: "docker.io/library/postgres:18.7-bookworm" } },
    },
    {
      edit: "another major version of Postgres",
      to: { images: { postgres: "docker.io/library/postgres:19.0-bookworm" } },
    },
    {
      edit: "another Prometheus",
      to: { images: { prometheus: "docker.io/prom/prometheus:v3.14.0" } },
    },
    { edit: "another Grafana", to: { images: { grafana: "docker.io/grafana/grafana:13.3.0" } } },
  ],
  "Passwords and accounts": [
    {
      edit: "another password of the registry",
      to: { registry: registry("second") },
      real: true,
    },
    {
      edit: "a registry that asks for no account any more",
      to: { registry: { host: "registry.example.com", prefix: "team" } },
    },
    {
      edit: "another password of an external database",
      from: { database: DATABASE },
      to: { database: { ...DATABASE, password: "second" } },
    },
    {
      edit: "another user of an external database",
      from: { database: DATABASE },
      to: { database: { ...DATABASE, user: "slipway" } },
    },
    {
      edit: "another secret key of an external store",
      from: { objectStore: STORE },
      to: { objectStore: { ...STORE, secretKey: "second" } },
    },
    {
      edit: "another access key of an external store",
      from: { objectStore: STORE },
      to: { objectStore: { ...STORE, accessKey: "theirs" } },
    },
  ],
  Database: [
    { edit: "a larger volume", to: { database: { size: "8Gi" } } },
    { edit: "a smaller volume", to: { database: { size: "4Gi" } } },
    {
      edit: "another storage class",
      to: { database: { storageClass: "fast" } },
      real: true,
    },
    { edit: "more memory", to: { database: { resources: { memory: "512Mi" } } }, real: true },
    { edit: "bundled → external", to: { database: DATABASE }, real: true },
    {
      edit: "bundled → external, moved",
      to: { database: DATABASE, movedFrom: { database: BUNDLED } },
      real: true,
    },
    {
      edit: "external → bundled, moved back",
      from: { database: DATABASE, movedFrom: { database: BUNDLED } },
      to: { database: undefined, movedFrom: undefined },
    },
    {
      edit: "bundled → CloudNativePG, moved",
      to: { database: CLUSTER, movedFrom: { database: BUNDLED } },
    },
    {
      edit: "CloudNativePG → bundled, moved",
      from: { database: CLUSTER },
      to: { database: undefined, movedFrom: { database: { ...CLUSTER, size: "5Gi" } } },
    },
    { edit: "external → bundled", from: { database: DATABASE }, to: { database: undefined } },
    { edit: "bundled → CloudNativePG", to: { database: CLUSTER } },
    { edit: "CloudNativePG → bundled", from: { database: CLUSTER }, to: { database: undefined } },
    { edit: "CloudNativePG → external", from: { database: CLUSTER }, to: { database: DATABASE } },
    { edit: "external → CloudNativePG", from: { database: DATABASE }, to: { database: CLUSTER } },
    {
      edit: "more instances of CloudNativePG",
      from: { database: CLUSTER },
      to: { database: { ...CLUSTER, instances: 5 } },
    },
    {
      edit: "larger volumes of CloudNativePG",
      from: { database: CLUSTER },
      to: { database: { ...CLUSTER, size: "8Gi" } },
    },
    {
      edit: "external, at other addresses",
      from: { database: DATABASE },
      to: { database: { ...DATABASE, addresses: ["10.30.0.0/16"] } },
    },
    {
      edit: "another host of an external database",
      from: { database: DATABASE },
      to: { database: { ...DATABASE, host: "db2.example.com" } },
    },
  ],
  "Object store and MLflow": [
    { edit: "a larger volume", to: { objectStore: { size: "20Gi" } } },
    { edit: "a smaller volume", to: { objectStore: { size: "8Gi" } } },
    { edit: "another storage class", to: { objectStore: { storageClass: "fast" } } },
    { edit: "more memory for SeaweedFS", to: { objectStore: { resources: { memory: "512Mi" } } } },
    {
      edit: "MinIO → bundled",
      from: { objectStore: { kind: "minio" } },
      to: { objectStore: undefined },
    },
    {
      edit: "MinIO → bundled, moved",
      from: { objectStore: { kind: "minio" } },
      to: {
        objectStore: undefined,
        movedFrom: { objectStore: { kind: "minio", size: "10Gi" } },
      },
    },
    { edit: "bundled → external", to: { objectStore: STORE } },
    {
      edit: "bundled → external, moved",
      to: { objectStore: STORE, movedFrom: { objectStore: { kind: "bundled", size: "10Gi" } } },
      real: true,
    },
    { edit: "external → bundled", from: { objectStore: STORE }, to: { objectStore: undefined } },
    {
      edit: "external, at other addresses",
      from: { objectStore: STORE },
      to: { objectStore: { ...STORE, addresses: ["10.30.0.0/16"] } },
    },
    {
      edit: "another bucket of an external store",
      from: { objectStore: STORE },
      to: { objectStore: { ...STORE, bucket: "artifacts" } },
    },
    { edit: "more memory for MLflow", to: { mlflow: { resources: { memory: "768Mi" } } } },
  ],
  "Access from outside": [
    { edit: "node ports → Ingress", to: { endpoint: INGRESS }, real: true },
    { edit: "node ports → gateway", to: { endpoint: GATEWAY } },
    { edit: "node ports → none", to: { endpoint: { kind: "none" } } },
    {
      edit: "none → node ports",
      from: { endpoint: undefined },
      to: { endpoint: BASE["endpoint"] },
    },
    {
      edit: "Ingress → node ports",
      from: { endpoint: INGRESS },
      to: { endpoint: BASE["endpoint"] },
    },
    { edit: "people log in", from: { endpoint: INGRESS }, to: { login: LOGIN } },
    {
      edit: "people log in to Grafana, too",
      from: { endpoint: INGRESS, login: LOGIN },
      to: { login: { ...LOGIN, jwksUri: "https://id.example.com/keys" } },
    },
    { edit: "nobody logs in any more", from: { login: LOGIN }, to: { login: undefined } },
    { edit: "Ingress → gateway", from: { endpoint: INGRESS }, to: { endpoint: GATEWAY } },
    { edit: "gateway → Ingress", from: { endpoint: GATEWAY }, to: { endpoint: INGRESS } },
    {
      edit: "another host",
      from: { endpoint: INGRESS },
      to: { endpoint: { ...INGRESS, host: "models.example.com" } },
    },
    {
      edit: "hosts and certificates are watched",
      from: { endpoint: INGRESS },
      to: { endpoint: { ...INGRESS, addresses: ["public"] } },
    },
    {
      edit: "a certificate of cert-manager's",
      from: { endpoint: INGRESS },
      to: { endpoint: { ...INGRESS, tls: { clusterIssuer: "letsencrypt" } } },
    },
  ],
  "Signatures of models": [
    { edit: "another key, beside the one of before", to: { signing: { keys: [1, 2] } } },
    {
      edit: "the key of before no longer",
      from: { signing: { keys: [1, 2] } },
      to: { signing: { keys: [2] } },
    },
    { edit: "a further public key", to: { signing: { trusted: [`${"A".repeat(43)}=`] } } },
    { edit: "`unsigned`: refuse → sign", to: { signing: { unsigned: "sign" } } },
  ],
  Monitoring: [
    { edit: "bundled → off", to: { monitoring: { kind: "off" } } },
    { edit: "off → bundled", from: { monitoring: { kind: "off" } }, to: { monitoring: undefined } },
    { edit: "bundled → operator", to: { monitoring: { kind: "operator" } } },
    {
      edit: "operator → bundled",
      from: { monitoring: { kind: "operator" } },
      to: { monitoring: undefined },
    },
    { edit: "somebody is told of alerts", to: { monitoring: told("first") }, real: true },
    {
      edit: "another address of a channel",
      from: { monitoring: told("first") },
      to: { monitoring: told("second") },
    },
    {
      edit: "nobody is told any more",
      from: { monitoring: told("first") },
      to: { monitoring: undefined },
    },
    { edit: "no Grafana", to: { monitoring: { grafana: false } } },
    { edit: "metrics kept for longer", to: { monitoring: { retentionDays: 30 } } },
    { edit: "a larger volume", to: { monitoring: { size: "10Gi" } } },
  ],
  "Hours of sleep": [
    { edit: "an environment sleeps at night", to: { sleep: NIGHTS } },
    {
      edit: "other hours",
      from: { sleep: NIGHTS },
      to: { sleep: { ...NIGHTS, wakeAt: "0 6 * * *" } },
    },
    { edit: "it no longer sleeps", from: { sleep: NIGHTS }, to: { sleep: undefined } },
  ],
  Backups: [
    { edit: "on, to a bucket", to: { backup: { to: BACKUPS } } },
    {
      edit: "another schedule",
      from: { backup: { to: BACKUPS } },
      to: { backup: { to: BACKUPS, schedule: "0 */6 * * *" } },
    },
    {
      edit: "a volume → a bucket",
      from: { backup: { to: { kind: "volume" } } },
      to: { backup: { to: BACKUPS } },
    },
    {
      edit: "other addresses of the bucket",
      from: { backup: { to: BACKUPS } },
      to: { backup: { to: { ...BACKUPS, addresses: ["10.30.0.0/16"] } } },
    },
    {
      edit: "another account of the bucket",
      from: { backup: { to: BACKUPS } },
      to: { backup: { to: { ...BACKUPS, secretKey: "second" } } },
    },
    {
      edit: "a larger volume",
      from: { backup: { to: BACKUPS } },
      to: { backup: { to: BACKUPS, size: "40Gi" } },
    },
    {
      edit: "every change kept",
      from: { backup: { to: BACKUPS } },
      to: { backup: { to: BACKUPS, pointInTime: {} } },
    },
    {
      edit: "changes kept for longer",
      from: { backup: { to: BACKUPS, pointInTime: {} } },
      to: { backup: { to: BACKUPS, pointInTime: { days: 30 } } },
    },
    {
      edit: "changes kept no more",
      from: { backup: { to: BACKUPS, pointInTime: {} } },
      to: { backup: { to: BACKUPS } },
    },
    { edit: "off", from: { backup: { to: BACKUPS } }, to: { backup: undefined } },
  ],
  "The whole stack": [
    { edit: "`delivery`: pulumi → argocd", to: ARGO },
    {
      edit: "`delivery`: argocd → pulumi",
      from: ARGO,
      to: { delivery: "pulumi", argocd: undefined },
    },
    { edit: "`protect` on", to: { protect: true } },
    { edit: "`protect` off", from: { protect: true }, to: { protect: false } },
    { edit: "a larger quota", to: { quota: { cpu: "32" } } },
    { edit: "its own namespace → one that exists", to: { namespace: "team-a" } },
    {
      edit: "a namespace that exists → its own",
      from: { namespace: "team-a" },
      to: { namespace: undefined },
    },
    { edit: "Kubernetes → OpenShift", to: openshift },
    {
      edit: "OpenShift → Kubernetes",
      from: openshift,
      to: { platform: "kubernetes", endpoint: BASE["endpoint"] },
    },
    { edit: "another name (`pulumi stack rename`)", to: {}, stack: "other" },
  ],
};
