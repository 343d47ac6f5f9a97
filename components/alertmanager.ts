import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Receiver } from "./config/alerts.ts";
import { DataVolume } from "./data-volume.ts";
import type { Environment } from "./environment.ts";
import { parseReference } from "./lib/image-reference.ts";
import { alertmanagerConfig } from "./lib/alertmanager-config.ts";
import { PUBLIC } from "./lib/destinations.ts";
import type { Access, ServiceReference } from "./lib/network.ts";
import { fixedName } from "./lib/options.ts";
import { readOnly } from "./lib/pod.ts";
import { NOBODY, kinProbes } from "./lib/prometheus-program.ts";
import { type Outside, accessOutside, serverOf } from "./outside.ts";
import { ALERTMANAGER_SIZE, FIXED_RESOURCES, PORTS } from "./well-known.ts";
import { Workload } from "./workload.ts";

const FILE = "alertmanager.yml";

export interface AlertmanagerArgs {
  /** Where it runs. */
  namespace: Environment;
  /** The official image, by exact version. */
  image: string;
  /** Who is told. */
  receivers: readonly Receiver[];
}

/** Tells people of alerts. Silences, and who was told of what, outlive its pod. */
export class Alertmanager extends pulumi.ComponentResource {
  /** Access through the network policies, for Prometheus. */
  readonly access: Access;
  /** Where it is found. */
  readonly service: ServiceReference;

  constructor(name: string, args: AlertmanagerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:monitoring:Alertmanager", name, {}, opts);
    const { namespace, image, receivers } = args;
    const config = pulumi.secret(pulumi.jsonStringify(alertmanagerConfig(receivers), undefined, 2));
    const metadata = namespace.metadata(name, "monitoring", parseReference(image).tag);
    // It holds addresses that let anyone write to a channel, and passwords.
    const secret = new k8s.core.v1.Secret(
      name,
      { metadata, stringData: { [FILE]: config } },
      fixedName(this),
    );
    const data = new DataVolume(name, { namespace, size: ALERTMANAGER_SIZE }, this);
    const { access, service } = new Workload(
      name,
      {
        namespace,
        component: "monitoring",
        image,
        uid: NOBODY,
        port: { number: PORTS.alertmanager },
        server,
        volumes: [data.volume, { name: "config", secret: { secretName: secret.metadata.name } }],
        reads: [{ checksum: { "checksum/receivers": namespace.hashOf(config) } }],
        reaches: receivers.map((receiver) =>
          accessOutside(serverTold(receiver), "receivers.addresses", this),
        ),
      },
      this,
    );
    this.access = access;
    this.service = service;
    this.registerOutputs({});
  }
}

const server = {
  name: "alertmanager",
  args: [
    `--config.file=/etc/alertmanager/${FILE}`,
    "--storage.path=/alertmanager",
    // It writes silences and notifications at its end and this often, so a pod that is killed has forgotten a minute.
    "--data.maintenance-interval=1m",
    // There is no second one to agree with.
    "--cluster.listen-address=",
  ],
  ...kinProbes({ periodSeconds: 1, failureThreshold: 60 }),
  resources: FIXED_RESOURCES.alertmanager,
  volumeMounts: [
    readOnly("config", "/etc/alertmanager"),
    { name: "data", mountPath: "/alertmanager" },
  ],
};

/** The server that it tells somebody by; the services are where their makers have them. */
function serverTold(receiver: Receiver): Outside {
  switch (receiver.kind) {
    case "slack":
    case "pagerduty":
      return { host: undefined, port: 443, addresses: [PUBLIC] };
    case "email":
      return receiver;
    case "webhook":
      return serverOf(receiver.url, receiver);
  }
}
