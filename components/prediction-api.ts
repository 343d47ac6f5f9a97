import * as pulumi from "@pulumi/pulumi";
import { defaults } from "./config/defaults.ts";
import { type CaptureArgs, captureClient } from "./data-client.ts";
import type { ExposedService } from "./endpoint.ts";
import { type Environment, type Namespace, environmentOf } from "./environment.ts";
import type { Scale } from "./lib/autoscaler.ts";
import { type ImageInput, imageReference } from "./lib/image-reference.ts";
import { type Access, accessTo } from "./lib/network.ts";
import { type Resources, environment, httpProbe } from "./lib/pod.ts";
import type { Mlflow } from "./mlflow.ts";
import type { ModelSigning } from "./model-signing.ts";
import { type Leads, accessOutside, serverOf } from "./outside.ts";
import { type PodParts, together } from "./pod-parts.ts";
import { type TrackingServer, trackingClient } from "./tracking-client.ts";
import { PORTS } from "./well-known.ts";
import { Workload } from "./workload.ts";

const PORT = PORTS.api;
const UID = 10001;
/** Answers 200 once a model is loaded. */
const READY = "/ready";

/**
 * Routes for callers outside: what predicts, and what a client of either protocol asks first. `/health`, `/metrics` and `/model` name
 * addresses and figures of the inside, and are for the page, the cluster and Prometheus.
 */
const CALLERS = [
  "/",
  READY,
  "/predict",
  "/explain",
  "/feedback",
  "/invocations",
  "/ping",
  "/version",
  "/v2",
];

export interface PredictionApiArgs {
  /** Where the API runs. */
  namespace: Namespace;
  /** The serving package. */
  image: ImageInput;
  /** Registry that holds the model: our own component, or an MLflow that is there. */
  mlflow: Mlflow | TrackingServer;
  /** Registered model name; the alias `champion` is served. */
  model: string;
  /** Serves only what one of these keys signed. @default a version need not be signed */
  signing?: Pick<ModelSigning, "publicKeys">;
  /** CPU and memory of one replica. @default those of the configuration */
  resources?: Resources;
  /** Bounds of the autoscaler and the mean CPU use it aims at. @default 2 to 10 at 50 % */
  replicas?: Scale;
  /** OIDC issuer and audience that a token must name. @default predictions need no token */
  auth?: ({ issuer: string; audience: string } & Leads) | undefined;
  /** Keeps predictions and labels there. @default none are kept */
  capture?: CaptureArgs | undefined;
}

/** An API as others see it: also known where Argo CD, not Pulumi, owns the API itself. */
export interface ApiReference {
  /** What an endpoint leads to. */
  service: ExposedService;
  /** Access to the API through the network policies. */
  access: Access;
  /** Most replicas that the autoscaler makes. */
  maxReplicas: number;
}

/** Where the API `name` is found in `namespace`. */
export function apiReference(
  name: string,
  { environment }: { environment: Environment },
  maxReplicas: number,
): ApiReference {
  const selector = environment.selector(name);
  const service = { name, port: PORT, selector, health: READY, paths: CALLERS, docs: "/docs" };
  return { service, access: accessTo(service), maxReplicas };
}

/**
 * HTTP prediction server of one model: a Deployment, its Service, and the HPA that owns its
 * replica count.
 */
export class PredictionApi extends pulumi.ComponentResource {
  /** In-cluster base URL, e.g. `http://diabetes-model-api.slipway-dev:8000`. */
  readonly url: pulumi.Output<string>;
  /** Service, access and size, for an endpoint, the page and monitoring. */
  readonly reference: ApiReference;

  constructor(name: string, args: PredictionApiArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:serving:PredictionApi", name, {}, opts);
    const { replicas = { min: 2, max: 10, cpuPercent: 50 }, auth, signing } = args;
    if (replicas.min > replicas.max) {
      const reason = `'replicas.min' (${replicas.min}) exceeds 'replicas.max' (${replicas.max})`;
      throw new pulumi.ResourceError(reason, this, true);
    }
    const namespace = environmentOf(args.namespace, name, this);
    const client = together(
      trackingClient(args.mlflow, "serving", this),
      captureClient(args.capture),
    );
    this.reference = apiReference(name, namespace, replicas.max);
    const { url } = new Workload(
      name,
      {
        namespace,
        component: "serving",
        image: imageReference(args.image, this),
        uid: UID,
        port: { number: PORT },
        server: server(args, client),
        // Room for two packages: the one that is kept, and the next one while it is written.
        tmp: "640Mi",
        volumes: client.volumes,
        reads: [...client.reads, ...(signing ? [signing.publicKeys] : [])],
        reaches: [
          ...client.access,
          ...(auth ? [accessOutside(serverOf(auth.issuer, auth), "auth.addresses", this)] : []),
        ],
        dependsOn: client.dependsOn,
        replicas,
        // A new replica answers before an old one goes.
        strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
        // The server itself waits 5 seconds for load balancers to forget it, then answers what is
        // in flight.
        terminationGracePeriodSeconds: 45,
        timeout: "10m",
      },
      this,
    );
    this.url = url;
    this.registerOutputs({ url: this.url });
  }
}

function server(
  { model, resources = defaults.resources.api, auth, signing }: PredictionApiArgs,
  client: PodParts,
) {
  return {
    name: "api",
    env: environment({
      HOST: "0.0.0.0",
      PORT: String(PORT),
      MODEL_URI: `models:/${model}@champion`,
      MODEL_POLL_SECONDS: "5",
      MODEL_CACHE_DIR: "/tmp/models",
      ...client.variables,
      ...signing?.publicKeys.variables,
      ...(auth && { OIDC_ISSUER: auth.issuer, OIDC_AUDIENCE: auth.audience }),
    }),
    startupProbe: httpProbe("/health", { periodSeconds: 1, failureThreshold: 60 }),
    livenessProbe: httpProbe("/health", { periodSeconds: 10, failureThreshold: 6 }),
    readinessProbe: httpProbe(READY, { periodSeconds: 2, failureThreshold: 2 }),
    resources,
    volumeMounts: client.volumeMounts,
  };
}
