import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { configProblems } from "./lib/config-problems.ts";
import {
  argocd,
  cron,
  database,
  host,
  httpsUrl,
  imageBuild,
  imagePins,
  imageRegistry,
  objectStore,
  quantity,
  resources,
  text,
} from "./lib/config-parts.ts";

const replicas = z
  .strictObject({
    min: z.int().min(1).prefault(2).describe("Replicas that always run."),
    max: z.int().min(1).prefault(10).describe("Replicas under full load."),
    cpuPercent: z
      .int()
      .min(1)
      .max(100)
      .prefault(50)
      .describe("Mean CPU use that adds a replica, in % of the request."),
  })
  .prefault({});

const training = z
  .strictObject({
    schedule: cron
      .optional()
      .describe("Trains again at these times, e.g. `0 3 * * 1`; absent: on change only."),
    retries: z
      .int()
      .min(0)
      .max(6)
      .prefault(2)
      .describe("Further tries after a crash; a rejected model is never retried."),
    deadlineMinutes: z
      .int()
      .min(1)
      .prefault(30)
      .describe("Minutes after which training counts as failed."),
    resources: resources("250m", "512Mi", "2Gi").describe("One training."),
  })
  .prefault({});

const model = z.strictObject({
  file: text
    .regex(/^[\w.-]+\.ya?ml$/, "must be a file name such as diabetes.yaml")
    .describe("YAML below `training/models`."),
  replicas: replicas.describe("Bounds of the autoscaler."),
  resources: resources("100m", "192Mi", "512Mi").describe("One replica of the prediction API."),
  training: training.describe("When and how the model is trained."),
});

const endpoint = z.strictObject({
  kind: z
    .enum(["none", "nodePort", "ingress", "gateway", "openshiftRoute"])
    .prefault("none")
    .describe("How people reach the platform; `none` means port-forward."),
  host: host
    .optional()
    .describe(
      "The page's host; the others are below it (`mlflow.<host>`, `<model>.<host>`). With `nodePort`: a node's name.",
    ),
  tls: z
    .strictObject({
      secretName: text.optional().describe("Existing Secret with the certificate, for `ingress`."),
      clusterIssuer: text
        .optional()
        .describe("cert-manager issuer that makes the certificate, for `ingress`."),
    })
    .optional()
    .describe(
      "Present: HTTPS. A gateway's listener holds its own certificate, a Route the router's.",
    ),
  ingressClass: text.optional().describe("Absent: the cluster's default class."),
  gateway: z
    .strictObject({
      name: text.describe("Name."),
      namespace: text.describe("Namespace."),
      section: text.optional().describe("Listener; absent: all of them. Needed in prod."),
      healthCheckPolicy: z
        .boolean()
        .prefault(false)
        .describe(
          "On GKE (classes `gke-l7-*`): tell the load balancer which path of each Service answers its health checks.",
        ),
    })
    .optional()
    .describe("Gateway that the routes attach to."),
  controllerNamespace: text
    .optional()
    .describe(
      "Namespace of the ingress controller or gateway, the only one let in (besides Google's addresses, with `healthCheckPolicy`); absent: anyone is.",
    ),
});

const monitoring = z.strictObject({
  kind: z
    .enum(["bundled", "operator", "off"])
    .prefault("bundled")
    .describe("Our own Prometheus and Grafana, objects for the Prometheus Operator, or nothing."),
  grafana: z.boolean().prefault(true).describe("With `bundled`: run Grafana too."),
  retentionDays: z.int().min(1).prefault(15).describe("With `bundled`: how long figures are kept."),
  size: quantity.prefault("5Gi").describe("With `bundled`: size of Prometheus' volume."),
  namespace: text
    .prefault("monitoring")
    .describe("With `operator`: where Prometheus runs, to be let in."),
});

/**
 * Every key of a stack's configuration, below `slipway:`. The table in docs/configuration.md is
 * made from this.
 */
export const schema = z.strictObject({
  cluster: z
    .enum(["local", "remote"])
    .prefault("remote")
    .describe(
      "`local`: images are built and loaded by `npm run sandbox`, and no registry is needed.",
    ),
  platform: z
    .enum(["kubernetes", "openshift"])
    .prefault("kubernetes")
    .describe("On OpenShift fixed user ids are left out."),
  namespace: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, "is no name of a namespace")
    .optional()
    .describe(
      "Existing namespace to live in, for one stack: neither it nor a quota is made. Absent: `slipway-<stack>` is made.",
    ),
  protect: z
    .boolean()
    .prefault(false)
    .describe("Keep namespace, volumes and passwords through `destroy`; required in prod."),
  wait: z
    .boolean()
    .prefault(true)
    .describe("Wait for every workload and ask each API for a prediction; off where no pods run."),
  registry: imageRegistry,
  build: imageBuild,
  pins: imagePins,
  images: z
    .strictObject({
      postgres: text
        .prefault("docker.io/library/postgres:18.6-bookworm")
        .describe("By exact version."),
      prometheus: text.prefault("docker.io/prom/prometheus:v3.13.3").describe("By exact version."),
      grafana: text.prefault("docker.io/grafana/grafana:13.2.3").describe("By exact version."),
    })
    .prefault({})
    .describe("Images of others; point them at your mirror."),
  quota: z
    .strictObject({
      cpu: quantity.prefault("8").describe("Sum of requested CPU."),
      memory: quantity.prefault("16Gi").describe("Sum of requested memory."),
      storage: quantity.prefault("100Gi").describe("Sum of volumes."),
      pods: z.int().min(1).prefault(60).describe("Number of pods."),
    })
    .prefault({})
    .describe("Ceiling of the whole environment."),
  models: z
    .array(model)
    .min(1, "needs at least one model, e.g. `- file: diabetes.yaml`")
    .describe("The models; two lines each."),
  database: database.prefault({ kind: "bundled" }).describe("MLflow's database."),
  objectStore: objectStore.prefault({ kind: "bundled" }).describe("Store of models and artifacts."),
  mlflow: z
    .strictObject({ resources: resources("200m", "512Mi", "1Gi").describe("The server.") })
    .prefault({})
    .describe("Tracking server and model registry."),
  ui: z
    .strictObject({
      replicas: z.int().min(1).prefault(2).describe("Replicas; twice that under load."),
      resources: resources("25m", "64Mi", "192Mi").describe("One replica."),
    })
    .prefault({})
    .describe("The web page."),
  endpoint: endpoint.prefault({}).describe("The way in from outside."),
  auth: z
    .strictObject({
      issuer: httpsUrl.describe("OIDC issuer whose tokens are accepted."),
      audience: text.describe(
        "`aud` that a token must hold: without it, tokens for others would do.",
      ),
    })
    .optional()
    .describe("Present: every prediction needs a token."),
  monitoring: monitoring.prefault({}).describe("Figures, alerts and dashboards."),
  delivery: z
    .enum(["pulumi", "argocd"])
    .prefault("pulumi")
    .describe("Who applies the serving objects."),
  argocd: argocd.optional().describe("Argo CD, with `delivery: argocd`."),
});

/** A stack's configuration with all defaults filled in. */
export type StackConfig = z.output<typeof schema>;

/**
 * The configuration of the stack that runs.
 *
 * @throws `pulumi.RunError` that lists every problem at once.
 */
export function loadConfig(): StackConfig {
  const [stack, prefix] = [pulumi.getStack(), `${pulumi.getProject()}:`];
  const raw: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(pulumi.runtime.allConfig())) {
    if (key.startsWith(prefix)) raw[key.slice(prefix.length)] = parseValue(value);
  }
  const { config, problems } = configProblems(schema, raw, stack);
  if (problems.length === 0) return config as StackConfig;
  const lines = problems.map(({ path, message }) => `  ${prefix}${path}: ${message}`);
  throw new pulumi.RunError(
    `Pulumi.${stack}.yaml has ${problems.length} problem(s); docs/configuration.md lists every key.\n${lines.join("\n")}`,
  );
}

/** Structured configuration reaches the program as JSON, a scalar as its text. */
function parseValue(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
