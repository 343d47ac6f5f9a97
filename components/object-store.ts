import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "./config/schema.ts";
import { Credentials, passwords } from "./credentials.ts";
import type { Image } from "./image.ts";
import { FilesConfigMap } from "./lib/files-config-map.ts";
import { dataVolume } from "./lib/data-volume.ts";
import { scriptFile } from "./lib/files.ts";
import { contentHash } from "./lib/hash.ts";
import { labels } from "./lib/labels.ts";
import { type Access, accessOutside, accessTo, clientsOf, policy } from "./lib/network.ts";
import { fixedName } from "./lib/options.ts";
import { container, httpProbe, podSpec, scratch } from "./lib/pod.ts";
import type { PlatformNamespace } from "./platform-namespace.ts";
import { PORTS } from "./well-known.ts";

const PORT = PORTS.objectStore;
const UID = 10001;

type Bundled = Extract<StackConfig["objectStore"], { kind: "bundled" }>;

export interface ObjectStoreArgs {
  /** Where the store runs, and where its credentials are kept. */
  namespace: PlatformNamespace;
  /** Our own MinIO, or any S3. */
  settings: StackConfig["objectStore"];
  /** MinIO's server and client. */
  image: Image;
}

/** What a client needs to use its bucket. */
export interface BucketClient {
  /** URL of the S3 service. */
  endpoint: pulumi.Output<string>;
  bucket: string;
  region: string;
  /** Access key (user name) and secret key (password), limited to this bucket. */
  credentials: Credentials;
}

/** The S3 store of models and artifacts: one bucket, user and policy per client. */
export class ObjectStore extends pulumi.ComponentResource {
  /** MLflow's bucket. */
  readonly mlflow: BucketClient;
  /** The way to the store through the network policies. */
  readonly access: Access;

  constructor(name: string, args: ObjectStoreArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:data:ObjectStore", name, {}, opts);
    const { namespace, settings, image } = args;
    const external = settings.kind === "external" ? settings : undefined;

    const credentials = new Credentials(
      `${name}-mlflow`,
      {
        namespace,
        of: name,
        username: external?.accessKey ?? "mlflow",
        password: external?.secretKey,
      },
      { parent: this },
    );
    let endpoint: pulumi.Input<string>;
    if (settings.kind === "external") {
      endpoint = settings.endpoint;
      const { port, protocol } = new URL(settings.endpoint);
      this.access = accessOutside(port === "" ? (protocol === "http:" ? 80 : 443) : Number(port));
    } else {
      endpoint = this.server(name, namespace, settings, image, credentials);
      this.access = accessTo(name, namespace.selector(name), PORT);
    }
    this.mlflow = {
      endpoint: pulumi.output(endpoint),
      bucket: external?.bucket ?? "mlflow",
      region: external?.region ?? "us-east-1",
      credentials,
    };
    this.registerOutputs({ endpoint: this.mlflow.endpoint });
  }

  /**
   * Our own MinIO and the Job that fills it; gives its URL. Clients also depend on this component.
   */
  private server(
    name: string,
    namespace: PlatformNamespace,
    settings: Bundled,
    image: Image,
    client: Credentials,
  ): pulumi.Output<string> {
    const selector = namespace.selector(name);
    const child = fixedName(this);
    const metadata = {
      name,
      namespace: namespace.name,
      labels: labels(selector, "object-store", image.tag),
    };

    const admin = new Credentials(
      `${name}-admin`,
      { namespace, of: name, username: "slipway" },
      { parent: this },
    );
    const claim = dataVolume(name, namespace, settings, this);
    const ports = [{ name: "http", port: PORT, targetPort: "http" }];
    const service = new k8s.core.v1.Service(name, { metadata, spec: { selector, ports } }, child);
    const spec = policy(selector, { ingress: [clientsOf(name, PORT)] });
    new k8s.networking.v1.NetworkPolicy(name, { metadata, spec }, child);

    const workload = new k8s.apps.v1.StatefulSet(
      name,
      {
        metadata,
        spec: {
          serviceName: name,
          selector: { matchLabels: selector },
          template: {
            metadata: { labels: metadata.labels },
            spec: podSpec(namespace.pods, {
              uid: UID,
              containers: [server(image, settings)],
              volumes: [
                scratch(),
                { name: "data", persistentVolumeClaim: { claimName: claim.metadata.name } },
                admin.volume("admin"),
              ],
            }),
          },
        },
      },
      { ...child, customTimeouts: { create: "5m", update: "5m" } },
    );
    this.buckets(`${name}-buckets`, namespace, image, {
      admin,
      client,
      host: name,
      server: workload,
    });
    return pulumi.interpolate`http://${service.metadata.name}:${PORT}`;
  }

  /** The Job that makes buckets, users and policies. */
  private buckets(
    name: string,
    namespace: PlatformNamespace,
    image: Image,
    store: { admin: Credentials; client: Credentials; host: string; server: pulumi.Resource },
  ): void {
    const child = fixedName(this);
    const script = scriptFile("object-store.sh");
    const selector = namespace.selector(name);
    const way = accessTo(store.host, namespace.selector(store.host), PORT);
    const metadata = {
      name,
      namespace: namespace.name,
      labels: labels(selector, "object-store", image.tag),
    };

    const scripts = new FilesConfigMap(metadata, { "buckets.sh": script }, child);
    const spec = policy(selector, { egress: way.egress });
    new k8s.networking.v1.NetworkPolicy(name, { metadata, spec }, child);
    // A Job cannot change: another script or image is another Job.
    const job = `${name}-${contentHash(script, image.tagged)}`;
    const annotations = { "pulumi.com/replaceUnready": "true" };
    new k8s.batch.v1.Job(
      name,
      {
        metadata: { ...metadata, name: job, annotations },
        spec: {
          backoffLimit: 4,
          template: {
            metadata: { labels: { ...metadata.labels, ...way.labels } },
            spec: podSpec(namespace.pods, {
              uid: UID,
              restartPolicy: "Never",
              containers: [provisioner(image, store.host)],
              volumes: [
                scratch(),
                { name: "scripts", configMap: { name: scripts.metadata.name, defaultMode: 0o555 } },
                store.admin.volume("admin"),
                passwords("clients", [store.client]),
              ],
            }),
          },
        },
      },
      { ...child, dependsOn: store.server, customTimeouts: { create: "5m" } },
    );
  }
}

function server(image: Image, { resources }: Bundled) {
  return container({
    name: "minio",
    image: image.reference,
    env: [
      { name: "MINIO_ROOT_USER_FILE", value: "/run/secrets/admin/username" },
      { name: "MINIO_ROOT_PASSWORD_FILE", value: "/run/secrets/admin/password" },
      { name: "MINIO_BROWSER", value: "off" },
      { name: "MINIO_UPDATE", value: "off" },
    ],
    ports: [{ name: "http", containerPort: PORT }],
    startupProbe: httpProbe("/minio/health/live", { periodSeconds: 2, failureThreshold: 60 }),
    livenessProbe: httpProbe("/minio/health/live", { periodSeconds: 20, failureThreshold: 6 }),
    readinessProbe: httpProbe("/minio/health/ready", { periodSeconds: 5 }),
    resources,
    volumeMounts: [
      { name: "data", mountPath: "/data" },
      { name: "admin", mountPath: "/run/secrets/admin", readOnly: true },
    ],
  });
}

function provisioner(image: Image, host: string) {
  return container({
    name: "buckets",
    image: image.reference,
    command: ["/scripts/buckets.sh"],
    env: [{ name: "STORE_HOST", value: host }],
    resources: { cpu: "25m", memory: "64Mi", memoryLimit: "256Mi" },
    volumeMounts: [
      { name: "scripts", mountPath: "/scripts" },
      { name: "admin", mountPath: "/run/secrets/admin", readOnly: true },
      { name: "clients", mountPath: "/run/secrets/clients", readOnly: true },
    ],
  });
}
