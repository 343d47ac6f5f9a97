import * as pulumi from "@pulumi/pulumi";
import type { StackArgs, StackConfig } from "./config/schema.ts";
import { settledPart } from "./config/settled.ts";
import { leftBehind } from "./config/stores.ts";
import { Credentials, type Login } from "./credentials.ts";
import { type Namespace, environmentOf } from "./environment.ts";
import { keptServer } from "./kept-server.ts";
import { type ImageInput, type ImageReference, imageReference } from "./lib/image-reference.ts";
import type { Access, ServiceReference } from "./lib/network.ts";
import { ROOT, minio } from "./minio.ts";
import { accessOutside, serverOf } from "./outside.ts";

export interface ObjectStoreArgs {
  /** Where the store runs, and where its credentials are kept. */
  namespace: Namespace;
  /** Our own MinIO, or any S3. @default our own */
  settings?: NonNullable<StackArgs["objectStore"]> | undefined;
  /** The place that its objects moved away from, whose volume stays. @default none */
  movedFrom?: StackConfig["movedFrom"]["objectStore"];
  /** MinIO's server and client; needed where our own runs. */
  image?: ImageInput | undefined;
}

/** What a client needs to use its bucket. */
export interface BucketClient {
  /** URL of the S3 service. */
  endpoint: pulumi.Input<string>;
  bucket: pulumi.Input<string>;
  region: string;
  /** Access key (user name) and secret key (password), limited to this bucket. */
  credentials: Login;
}

/** A store of ours. */
export interface WatchedStore {
  service: ServiceReference;
  access: Access;
}

interface Server {
  endpoint: pulumi.Input<string>;
  access: Access;
  service?: ServiceReference;
}

/** The S3 store of models and artifacts: one bucket, user and policy per client. */
export class ObjectStore extends pulumi.ComponentResource {
  /** MLflow's bucket. */
  readonly mlflow: BucketClient;
  /** Access to the store through the network policies. */
  readonly access: Access;
  /** Our own server, as monitoring sees it; none where the store is somebody else's. */
  readonly watched: WatchedStore | undefined;

  constructor(name: string, args: ObjectStoreArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:data:ObjectStore", name, {}, opts);
    const namespace = environmentOf(args.namespace, name, this);
    const settings = settledPart("objectStore", args.settings, this);
    const kept = leftBehind(args.movedFrom, settings);
    const external = settings.kind === "external" ? settings : undefined;

    const credentials = new Credentials(
      `${name}-mlflow`,
      {
        namespace,
        of: name,
        username: external?.accessKey ?? "mlflow",
        password: external?.secretKey,
        spare: kept !== undefined,
      },
      { parent: this },
    );
    const { endpoint, access, service }: Server =
      settings.kind === "external"
        ? {
            endpoint: settings.endpoint,
            access: accessOutside(
              serverOf(settings.endpoint, settings),
              "settings.addresses",
              this,
            ),
          }
        : minio(name, { namespace, settings, image: this.#image(args), credentials }, this);
    if (kept) keptServer(name, { namespace, settings: kept, username: ROOT }, this);
    this.access = access;
    this.watched = service && { service, access };
    this.mlflow = {
      endpoint: pulumi.output(endpoint),
      bucket: external?.bucket ?? "mlflow",
      region: external?.region ?? "us-east-1",
      credentials,
    };
    this.registerOutputs({ endpoint: this.mlflow.endpoint });
  }

  #image({ image }: ObjectStoreArgs): ImageReference {
    if (image !== undefined) return imageReference(image, this);
    const reason =
      "'image' is missing: our own object store runs one that is built from images/minio of a clone of Slipway";
    throw new pulumi.ResourceError(reason, this, true);
  }
}
