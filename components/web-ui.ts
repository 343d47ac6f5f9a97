import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Exposed } from "./endpoint.ts";
import type { Image } from "./image.ts";
import { autoscalerSpec } from "./lib/autoscaler.ts";
import { labels } from "./lib/labels.ts";
import { policy } from "./lib/network.ts";
import { fixedName } from "./lib/options.ts";
import { type Resources, container, httpProbe, podSpec, scratch, spread } from "./lib/pod.ts";
import type { PlatformNamespace } from "./platform-namespace.ts";
import type { PredictionApi } from "./prediction-api.ts";
import { PORTS } from "./well-known.ts";

const PORT = PORTS.ui;
const UID = 10001;
const HEALTH = "/health";

export interface WebUiArgs {
  /** Where the page is served. */
  namespace: PlatformNamespace;
  /** The page and its small server. */
  image: Image;
  /** The APIs that the page talks to, by model name. */
  apis: Record<string, PredictionApi>;
  /** CPU and memory of one replica. */
  resources: Resources;
  /** Replicas that always run; the autoscaler adds as many again under load. @default 2 */
  replicas?: number;
}

/** The web page: a form per model, made from the model's own description. */
export class WebUi extends pulumi.ComponentResource {
  /** In-cluster URL, e.g. `http://ui.slipway-dev:8080`. */
  readonly url: pulumi.Output<string>;
  /** What an endpoint leads to. */
  readonly service: Exposed;

  constructor(name: string, args: WebUiArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:serving:WebUi", name, {}, opts);
    const { namespace, image, apis, replicas = 2 } = args;
    const selector = namespace.selector(name);
    const child = fixedName(this);
    const metadata = { name, namespace: namespace.name, labels: labels(selector, "ui", image.tag) };
    const ways = Object.values(apis).map(({ place }) => place.access);
    this.service = { name, port: PORT, selector, health: HEALTH };

    const pod = {
      metadata: {
        labels: Object.assign({}, metadata.labels, ...ways.map((way) => way.labels)) as Labels,
      },
      spec: podSpec(namespace.pods, {
        uid: UID,
        containers: [server(args)],
        volumes: [scratch()],
        topologySpreadConstraints: spread(selector),
      }),
    };
    const page = new k8s.apps.v1.Deployment(
      name,
      { metadata, spec: { selector: { matchLabels: selector }, template: pod } },
      { ...child, customTimeouts: { create: "5m", update: "5m" } },
    );
    const scale = { min: replicas, max: 2 * replicas, cpuPercent: 80 };
    new k8s.autoscaling.v2.HorizontalPodAutoscaler(
      name,
      { metadata, spec: autoscalerSpec(page.metadata.name, scale) },
      child,
    );
    const ports = [{ name: "http", port: PORT, targetPort: "http" }];
    const service = new k8s.core.v1.Service(name, { metadata, spec: { selector, ports } }, child);
    const budget = { maxUnavailable: 1, selector: { matchLabels: selector } };
    new k8s.policy.v1.PodDisruptionBudget(name, { metadata, spec: budget }, child);
    const spec = policy(selector, { egress: ways.flatMap(({ egress }) => egress) });
    new k8s.networking.v1.NetworkPolicy(name, { metadata, spec }, child);

    this.url = pulumi.interpolate`http://${service.metadata.name}.${namespace.name}:${PORT}`;
    this.registerOutputs({ url: this.url });
  }
}

type Labels = Record<string, string>;

function server({ image, apis, resources }: WebUiArgs) {
  const models = Object.entries(apis).map(([name, { url }]) => ({ name, url }));
  return container({
    name: "ui",
    image: image.reference,
    env: [
      { name: "HOST", value: "0.0.0.0" },
      { name: "PORT", value: String(PORT) },
      { name: "MODELS", value: pulumi.jsonStringify(models) },
    ],
    ports: [{ name: "http", containerPort: PORT }],
    startupProbe: httpProbe(HEALTH, { periodSeconds: 1, failureThreshold: 30 }),
    livenessProbe: httpProbe(HEALTH, { periodSeconds: 20 }),
    readinessProbe: httpProbe(HEALTH, { periodSeconds: 5 }),
    lifecycle: { preStop: { sleep: { seconds: 5 } } },
    resources,
  });
}
