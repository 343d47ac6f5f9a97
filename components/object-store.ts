import * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "./config/schema.ts";
import { Credentials } from "./credentials.ts";
import type { Image } from "./image.ts";
import { type Access, accessOutside } from "./lib/network.ts";
import { minio } from "./minio.ts";
import type { PlatformNamespace } from "./platform-namespace.ts";

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
  /** Access to the store through the network policies. */
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
    const { endpoint, access } =
      settings.kind === "external"
        ? { endpoint: settings.endpoint, access: accessOutside(portOf(settings.endpoint)) }
        : minio(name, { namespace, settings, image, credentials }, this);
    this.access = access;
    this.mlflow = {
      endpoint: pulumi.output(endpoint),
      bucket: external?.bucket ?? "mlflow",
      region: external?.region ?? "us-east-1",
      credentials,
    };
    this.registerOutputs({ endpoint: this.mlflow.endpoint });
  }
}

function portOf(url: string): number {
  const { port, protocol } = new URL(url);
  if (port !== "") return Number(port);
  return protocol === "http:" ? 80 : 443;
}
