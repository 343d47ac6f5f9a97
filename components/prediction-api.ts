import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Exposed } from "./endpoint.ts";
import type { Image } from "./image.ts";
import { type Scale, autoscalerSpec } from "./lib/autoscaler.ts";
import { type Selector, labels } from "./lib/labels.ts";
import { type Access, accessOutside, accessTo, clientsOf, policy } from "./lib/network.ts";
import { fixedName } from "./lib/options.ts";
import { type Resources, container, httpProbe, podSpec, scratch, spread } from "./lib/pod.ts";
import { ACCOUNT_MOUNT, type Mlflow, clientEnvironment } from "./mlflow.ts";
import type { PlatformNamespace } from "./platform-namespace.ts";
import { PORTS } from "./well-known.ts";

const PORT = PORTS.api;
const UID = 10001;
/** Answers 200 once a model is loaded. */
const READY = "/ready";

export interface PredictionApiArgs {
  /** Where the API runs. */
  namespace: PlatformNamespace;
  /** The serving package. */
  image: Image;
  /** Registry that holds the model. */
  mlflow: Mlflow;
  /** Registered model name; the alias `champion` is served. */
  model: string;
  /** CPU and memory of one replica. */
  resources: Resources;
  /** Bounds of the autoscaler and the mean CPU use it aims at. @default 2 to 10 at 50 % */
  replicas?: Scale;
  /** OIDC issuer and audience that a token must name. @default predictions need no token */
  auth?: { issuer: string; audience: string } | undefined;
}

/** An API as others see it: also known where Argo CD, not Pulumi, owns the API itself. */
export interface ApiPlace {
  /** What an endpoint leads to. */
  service: Exposed & { selector: Selector };
  /** The way to the API through the network policies. */
  access: Access;
  /** Most replicas that the autoscaler makes. */
  maxReplicas: number;
}

/** Where the API `name` is found in `namespace`. */
export function apiPlace(
  name: string,
  namespace: PlatformNamespace,
  maxReplicas: number,
): ApiPlace {
  const selector = namespace.selector(name);
  return {
    service: { name, port: PORT, selector, health: READY },
    access: accessTo(name, selector, PORT),
    maxReplicas,
  };
}

/**
 * HTTP prediction server of one model: a Deployment, its Service, and the HPA that owns its
 * replica count.
 */
export class PredictionApi extends pulumi.ComponentResource {
  /** In-cluster base URL, e.g. `http://diabetes-model-api.slipway-dev:8000`. */
  readonly url: pulumi.Output<string>;
  /** Service, access and size, for an endpoint, the page and monitoring. */
  readonly place: ApiPlace;

  constructor(name: string, args: PredictionApiArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:serving:PredictionApi", name, {}, opts);
    const { namespace, image, mlflow, replicas = { min: 2, max: 10, cpuPercent: 50 }, auth } = args;
    if (replicas.min > replicas.max) {
      const reason = `'replicas.min' (${replicas.min}) exceeds 'replicas.max' (${replicas.max})`;
      throw new pulumi.ResourceError(reason, this, true);
    }
    this.place = apiPlace(name, namespace, replicas.max);
    const { selector } = this.place.service;
    const child = fixedName(this);
    const metadata = {
      name,
      namespace: namespace.name,
      labels: labels(selector, "serving", image.tag),
    };

    const pod = {
      metadata: { labels: { ...metadata.labels, ...mlflow.access.labels } },
      spec: podSpec(namespace.pods, {
        uid: UID,
        containers: [server(args)],
        volumes: [scratch("tmp", "256Mi"), mlflow.serving.volume(ACCOUNT_MOUNT.name)],
        topologySpreadConstraints: spread(selector),
        // The server itself waits 5 seconds for load balancers to forget it, then answers what is
        // in flight.
        terminationGracePeriodSeconds: 45,
      }),
    };
    const api = new k8s.apps.v1.Deployment(
      name,
      { metadata, spec: deploymentSpec(selector, pod) },
      { ...child, dependsOn: mlflow, customTimeouts: { create: "10m", update: "10m" } },
    );
    const ports = [{ name: "http", port: PORT, targetPort: "http" }];
    const service = new k8s.core.v1.Service(name, { metadata, spec: { selector, ports } }, child);
    new k8s.autoscaling.v2.HorizontalPodAutoscaler(
      name,
      { metadata, spec: autoscalerSpec(api.metadata.name, replicas) },
      child,
    );
    new k8s.policy.v1.PodDisruptionBudget(
      name,
      { metadata, spec: disruptionSpec(selector) },
      child,
    );
    const spec = policy(selector, {
      ingress: [clientsOf(name, PORT)],
      egress: [...mlflow.access.egress, ...(auth ? accessOutside(443).egress : [])],
    });
    new k8s.networking.v1.NetworkPolicy(name, { metadata, spec }, child);

    this.url = pulumi.interpolate`http://${service.metadata.name}.${namespace.name}:${PORT}`;
    this.registerOutputs({ url: this.url });
  }
}

function deploymentSpec(
  selector: Record<string, string>,
  template: k8s.types.input.core.v1.PodTemplateSpec,
): k8s.types.input.apps.v1.DeploymentSpec {
  return {
    selector: { matchLabels: selector },
    // A new replica answers before an old one goes.
    strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
    template,
  };
}

function server({ image, mlflow, model, resources, auth }: PredictionApiArgs) {
  return container({
    name: "api",
    image: image.reference,
    env: [
      { name: "HOST", value: "0.0.0.0" },
      { name: "PORT", value: String(PORT) },
      { name: "MODEL_URI", value: `models:/${model}@champion` },
      { name: "MODEL_POLL_SECONDS", value: "5" },
      ...clientEnvironment(mlflow, mlflow.serving),
      ...(auth
        ? [
            { name: "OIDC_ISSUER", value: auth.issuer },
            { name: "OIDC_AUDIENCE", value: auth.audience },
          ]
        : []),
    ],
    ports: [{ name: "http", containerPort: PORT }],
    startupProbe: httpProbe("/health", { periodSeconds: 1, failureThreshold: 60 }),
    livenessProbe: httpProbe("/health", { periodSeconds: 10, failureThreshold: 6 }),
    readinessProbe: httpProbe(READY, { periodSeconds: 2, failureThreshold: 2 }),
    resources,
    volumeMounts: [ACCOUNT_MOUNT],
  });
}

function disruptionSpec(
  selector: Record<string, string>,
): k8s.types.input.policy.v1.PodDisruptionBudgetSpec {
  return { maxUnavailable: 1, selector: { matchLabels: selector } };
}
