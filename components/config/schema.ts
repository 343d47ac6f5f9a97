import { z } from "zod";
import { alerts } from "./alerts.ts";
import { backup } from "./backup.ts";
import { endpoint } from "./endpoint.ts";
import { imageBuild, imagePins, imageRegistry, otherImages } from "./images.ts";
import { model } from "./models.ts";
import { login } from "./login.ts";
import { database, movedFrom, objectStore } from "./stores.ts";
import { cpu, resources, sum, volume } from "./quantities.ts";
import { DATA } from "../lib/held-data.ts";
import { signing } from "./signing.ts";
import { sleep } from "./sleep.ts";
import {
  count,
  issuer,
  leadsTo,
  namespaceName,
  ruled,
  storable,
  text,
  webAddress,
} from "./values.ts";

/** Plain `http://` is for a sandbox alone; a rule says so. */
const gitUrl = webAddress(["https:", "http:"]);

/** Helm finds a chart by an exact version alone (semver.org). */
function versionProblem(text: string): string | undefined {
  if (/^v?\d+\.\d+\.\d+(-[\w.-]+)?(\+[\w.-]+)?$/.test(text)) return undefined;
  return "is not an exact version, such as 10.9.0";
}

/** Argo CD and the repository that it follows. */
const argocd = z.strictObject({
  repository: gitUrl.describe(
    "Repository whose branch `gitops/<stack>` holds what `render` wrote.",
  ),
  username: text.prefault("git").describe("User of the token."),
  token: storable.optional().describe("Read token, for a private repository."),
  install: z.boolean().prefault(true).describe("Off: Argo CD is already in the cluster."),
  chart: text
    .prefault("oci://ghcr.io/argoproj/argo-helm/argo-cd")
    .describe("The official chart, or your mirror of it."),
  chartVersion: ruled(versionProblem).prefault("10.9.0").describe("Its exact version."),
  manifests: text
    .optional()
    .describe("A release's own `install.yaml` instead of the chart, where none can be fetched."),
});

const monitoring = z.strictObject({
  kind: z
    .enum(["bundled", "operator", "off"])
    .prefault("bundled")
    .describe("Our own Prometheus and Grafana, objects for the Prometheus Operator, or nothing."),
  grafana: z.boolean().prefault(true).describe("With `bundled`: run Grafana too."),
  // Prometheus cuts off what is beyond a hundred years.
  retentionDays: count(1, 36_500)
    .prefault(15)
    .describe("With `bundled`: how long metrics are kept."),
  size: volume.prefault("5Gi").describe("With `bundled`: size of Prometheus' volume."),
  namespace: namespaceName
    .prefault("monitoring")
    .describe("With `operator`: where Prometheus runs, to be let in."),
  alerts: alerts
    .optional()
    .describe("With `bundled`: who is told of alerts; absent: they are only seen in Prometheus."),
});

/**
 * Every key of a stack's configuration, below `slipway:`. The table in docs/configuration.md is
 * made from this.
 *
 * What takes more than a screen is in the file of its subject beside this one: images, models,
 * stores (database and object store), endpoint. What several keys share is in values.ts.
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
  namespace: namespaceName
    .optional()
    .describe(
      "Existing namespace to live in, for one stack: neither it nor a quota is made. Absent: `slipway-<stack>` is made.",
    ),
  protect: z
    .boolean()
    .prefault(false)
    .describe("Keep namespace, volumes and passwords through `destroy`; required in prod."),
  allowDataLoss: z
    .array(z.enum(DATA))
    .prefault([])
    .describe(
      "Data that an edit may delete or replace, by name; all other edits that would are refused. Remove the key afterwards.",
    ),
  secretsFile: text
    .optional()
    .describe(
      "File encrypted by SOPS, e.g. `secrets.prod.yaml`: it is nested as this table, and its values are secrets beside the stack file's own.",
    ),
  wait: z
    .boolean()
    .prefault(true)
    .describe("Wait for every workload and ask each API for a prediction; off where no pods run."),
  registry: imageRegistry,
  build: imageBuild,
  pins: imagePins,
  images: otherImages,
  quota: z
    .strictObject({
      cpu: cpu.prefault("8").describe("Sum of requested CPU."),
      memory: sum.prefault("16Gi").describe("Sum of requested memory."),
      storage: sum.prefault("100Gi").describe("Sum of volumes."),
      pods: count(1).prefault(60).describe("Number of pods."),
    })
    .prefault({})
    .describe(
      "Ceiling of the whole environment; what is not stated rises to what the stack itself needs at its most.",
    ),
  models: z
    .array(model)
    .min(1, "needs at least one model, e.g. `- file: diabetes.yaml`")
    .describe("The models; two lines each."),
  database: database.prefault({ kind: "bundled" }).describe("MLflow's database."),
  objectStore: objectStore.prefault({ kind: "bundled" }).describe("Store of models and artifacts."),
  movedFrom: movedFrom
    .prefault({})
    .describe(
      "Where data were before: `npm run move` writes it. The volumes stay, unused, as long as they stand here.",
    ),
  backup: backup.optional().describe("Present: database and artifacts are backed up."),
  mlflow: z
    .strictObject({ resources: resources("200m", "512Mi", "1Gi").describe("The server.") })
    .prefault({})
    .describe("Tracking server and model registry."),
  ui: z
    .strictObject({
      // Twice as many must fit as well.
      replicas: count(1, 2 ** 30 - 1)
        .prefault(2)
        .describe("Replicas; twice that under load."),
      resources: resources("25m", "64Mi", "192Mi").describe("One replica."),
    })
    .prefault({})
    .describe("The web page."),
  endpoint: endpoint.prefault({}).describe("Access from outside."),
  auth: z
    .strictObject({
      issuer: issuer.describe("OIDC issuer whose tokens are accepted."),
      addresses: leadsTo,
      audience: text.describe(
        "`aud` that a token must hold: without it, tokens for others would do.",
      ),
    })
    .optional()
    .describe("Present: every prediction needs a token."),
  login: login
    .optional()
    .describe(
      "Present: people log in to MLflow, the page and Grafana at your OpenID provider, and their groups say what they may do.",
    ),
  signing: signing
    .prefault({})
    .describe("Keys by which training signs versions, and prediction APIs know that it did."),
  monitoring: monitoring.prefault({}).describe("Metrics, alerts and dashboards."),
  sleep: sleep.optional().describe("Present: the environment sleeps by the clock."),
  delivery: z
    .enum(["pulumi", "argocd"])
    .prefault("pulumi")
    .describe("Who applies the serving objects."),
  argocd: argocd.optional().describe("Argo CD, with `delivery: argocd`."),
});

/** A stack's configuration with all defaults filled in. */
export type StackConfig = z.output<typeof schema>;

/** The same as a person states it: what has a default may be left out. */
export type StackArgs = z.input<typeof schema>;

/** One thing that is wrong in a stack's configuration. */
export interface Problem {
  /** Path of the value, e.g. `models.0.replicas.min`. */
  path: string;
  /** What is wrong and the remedy. */
  message: string;
}
