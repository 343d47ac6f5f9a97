import * as pulumi from "@pulumi/pulumi";
import { defaults } from "./config/defaults.ts";
import type { ExposedService } from "./endpoint.ts";
import { type Namespace, environmentOf } from "./environment.ts";
import { type ImageInput, imageReference } from "./lib/image-reference.ts";
import type { Access } from "./lib/network.ts";
import { type Resources, environment, httpProbe } from "./lib/pod.ts";
import { accessOutside, serverOf } from "./outside.ts";
import type { PredictionApi } from "./prediction-api.ts";
import type { Mlflow } from "./mlflow.ts";
import { NOTHING, type PodParts } from "./pod-parts.ts";
import type { Prometheus } from "./prometheus.ts";
import { type TrackingServer, trackingClient } from "./tracking-client.ts";
import { PORTS } from "./well-known.ts";
import { Workload } from "./workload.ts";

const PORT = PORTS.ui;
const UID = 10001;
/** Answers 200 without a login. */
export const PAGE_HEALTH = "/health";

/** A prediction API that is there. */
interface ApiAddress {
  url: string;
  /** Where its host leads, as CIDR blocks, or `public`. @default what the host says by itself: an address, or a Service of the cluster */
  addresses?: readonly string[];
}

export interface WebUiArgs {
  /** Where the page is served. */
  namespace: Namespace;
  /** The page and its small server. */
  image: ImageInput;
  /** The APIs that the page talks to, by model name: our own component, or the address of one that is there. */
  apis: Record<string, PredictionApi | ApiAddress>;
  /** Address of each API's description, by model, where people reach it. @default the page leads to none */
  docs?: Readonly<Record<string, string | undefined>>;
  /** Where rates, alerts and backups are known, for the page to show. @default it shows none */
  prometheus?: Pick<Prometheus, "url" | "access"> | undefined;
  /** Registry whose versions it shows, by an account that only reads: our own component, or an MLflow that is there. @default it shows none */
  mlflow?: Mlflow | TrackingServer | undefined;
  /** Address of that MLflow where people reach it. @default the page leads to no run */
  mlflowPage?: pulumi.Input<string> | undefined;
  /** Whether a login stands before it. @default false */
  guarded?: boolean;
  /** CPU and memory of one replica. @default those of the configuration */
  resources?: Resources;
  /** Replicas that always run; the autoscaler adds as many again under load. @default 2 */
  replicas?: number;
}

/** The web page: a form per model, made from the model's own description. */
export class WebUi extends pulumi.ComponentResource {
  /** In-cluster URL, e.g. `http://ui.slipway-dev:8080`. */
  readonly url: pulumi.Output<string>;
  /** Access to the page through the network policies, where it is guarded. */
  readonly access: Access;
  /** What an endpoint leads to. */
  readonly service: ExposedService;

  constructor(name: string, args: WebUiArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:serving:WebUi", name, {}, opts);
    const { apis, replicas = 2, guarded = false, prometheus } = args;
    const namespace = environmentOf(args.namespace, name, this);
    // Without what must be there first: the page tells of an MLflow that is not.
    const client = args.mlflow ? trackingClient(args.mlflow, "serving", this) : NOTHING;
    const { url, service, access } = new Workload(
      name,
      {
        namespace,
        component: "ui",
        image: imageReference(args.image, this),
        uid: UID,
        port: { number: PORT },
        server: server(args, client),
        volumes: client.volumes,
        reads: client.reads,
        // People come through an endpoint, or through a login.
        clients: guarded,
        reaches: [
          ...Object.entries(apis).map(([model, api]) => accessOf(model, api, this)),
          ...(prometheus ? [prometheus.access] : []),
          ...client.access,
        ],
        replicas: { min: replicas, max: 2 * replicas, cpuPercent: 80 },
      },
      this,
    );
    this.url = url;
    this.access = access;
    this.service = { ...service, health: PAGE_HEALTH };
    this.registerOutputs({ url: this.url });
  }
}

function accessOf(model: string, api: PredictionApi | ApiAddress, page: WebUi): Access {
  if ("reference" in api) return api.reference.access;
  return accessOutside(serverOf(api.url, api), `apis.${model}.addresses`, page);
}

function server(
  { apis, docs = {}, prometheus, mlflowPage, resources = defaults.resources.ui }: WebUiArgs,
  client: PodParts,
) {
  const models = Object.entries(apis).map(([name, { url }]) => ({ name, url, docs: docs[name] }));
  return {
    name: "ui",
    env: environment({
      HOST: "0.0.0.0",
      PORT: String(PORT),
      MODELS: pulumi.jsonStringify(models),
      ...(prometheus && { PROMETHEUS_URL: prometheus.url }),
      ...client.variables,
      ...(mlflowPage !== undefined && { MLFLOW_PEOPLE_URL: mlflowPage }),
    }),
    startupProbe: httpProbe(PAGE_HEALTH, { periodSeconds: 1, failureThreshold: 30 }),
    livenessProbe: httpProbe(PAGE_HEALTH, { periodSeconds: 20 }),
    readinessProbe: httpProbe(PAGE_HEALTH, { periodSeconds: 5 }),
    lifecycle: { preStop: { sleep: { seconds: 5 } } },
    resources,
    volumeMounts: client.volumeMounts,
  };
}
