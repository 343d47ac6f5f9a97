import * as pulumi from "@pulumi/pulumi";
import type { StackArgs, StackConfig } from "./config/schema.ts";
import { settledPart } from "./config/settled.ts";
import { leftBehind } from "./config/stores.ts";
import { Credentials, type Login } from "./credentials.ts";
import { type Environment, type Namespace, environmentOf } from "./environment.ts";
import { DataVolume } from "./data-volume.ts";
import { keptServer } from "./kept-server.ts";
import { type ImageInput, type ImageReference, imageReference } from "./lib/image-reference.ts";
import { STORE_IMAGES } from "./lib/image-sources.ts";
import type { Access, ServiceReference } from "./lib/network.ts";
import type { WatchedKind } from "./lib/store-rules.ts";
import { ROOT, minio } from "./minio.ts";
import { accessOutside, serverOf } from "./outside.ts";
import { seaweedfs, seaweedfsName } from "./seaweedfs.ts";

export interface ObjectStoreArgs {
  /** Where the store runs, and where its credentials are kept. */
  namespace: Namespace;
  /** Our own SeaweedFS or MinIO, or any S3. @default our own SeaweedFS */
  settings?: NonNullable<StackArgs["objectStore"]> | undefined;
  /** The place that its objects moved away from, whose volume stays. @default none */
  movedFrom?: StackConfig["movedFrom"]["objectStore"];
  /** SeaweedFS, or MinIO's server and client; needed where our own runs. */
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

/** Where a store of ours tells figures of itself. */
export interface WatchedStore {
  kind: WatchedKind;
  service: ServiceReference;
  access: Access;
}

/** A store of ours, as its clients and monitoring see it. */
export interface OwnStore {
  /** URL of the S3 service. */
  endpoint: pulumi.Output<string>;
  access: Access;
  watched: WatchedStore;
}

interface Resolved {
  namespace: Environment;
  settings: StackConfig["objectStore"];
  image: ImageInput | undefined;
  credentials: Credentials;
}

/** The S3 store of models and artifacts: one bucket and one account per client. */
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
    const { image } = args;
    const server = this.#server(name, { namespace, settings, image, credentials });
    if (kept) this.#keep(name, namespace, kept);
    this.access = server.access;
    this.watched = server.watched;
    this.mlflow = {
      endpoint: pulumi.output(server.endpoint),
      bucket: external?.bucket ?? "mlflow",
      region: external?.region ?? "us-east-1",
      credentials,
    };
    this.registerOutputs({ endpoint: this.mlflow.endpoint });
  }

  #server(
    name: string,
    { namespace, settings, image, credentials }: Resolved,
  ): Pick<OwnStore, "access"> & { endpoint: pulumi.Input<string>; watched?: WatchedStore } {
    switch (settings.kind) {
      case "external": {
        const { endpoint } = settings;
        const access = accessOutside(serverOf(endpoint, settings), "settings.addresses", this);
        return { endpoint, access };
      }
      case "minio":
        return minio(
          name,
          { namespace, settings, image: this.#image(image, settings.kind), credentials },
          this,
        );
      case "bundled":
        return seaweedfs(
          name,
          { namespace, settings, image: this.#image(image, settings.kind), credentials },
          this,
        );
    }
  }

  /** Leaves what objects moved away from as it is, without a server. */
  #keep(
    name: string,
    namespace: Environment,
    settings: NonNullable<ObjectStoreArgs["movedFrom"]>,
  ): void {
    if (settings.kind === "minio") {
      keptServer(name, { namespace, settings, username: ROOT }, this);
    } else new DataVolume(seaweedfsName(name), { namespace, ...settings }, this);
  }

  #image(image: ImageInput | undefined, kind: keyof typeof STORE_IMAGES): ImageReference {
    if (image !== undefined) return imageReference(image, this);
    const reason = `'image' is missing: our own object store runs one that is built from images/${STORE_IMAGES[kind]} of a clone of Slipway`;
    throw new pulumi.ResourceError(reason, this, true);
  }
}
