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
import { DATA_BUCKET } from "./well-known.ts";

export interface ObjectStoreArgs {
  /** Where the store runs, and where its credentials are kept. */
  namespace: Namespace;
  /** Our own SeaweedFS or MinIO, or any S3. @default our own SeaweedFS */
  settings?: NonNullable<StackArgs["objectStore"]> | undefined;
  /** The place that its objects moved away from, whose volume stays. @default none */
  movedFrom?: StackConfig["movedFrom"]["objectStore"];
  /** SeaweedFS, or MinIO's server and client; needed where our own runs. */
  image?: ImageInput | undefined;
  /** Also a bucket of what training reads and predictions leave. @default MLflow's alone */
  data?: boolean;
}

/** The bucket of what training reads and predictions leave. */
export interface DataStore {
  /** For training: reads and writes the bucket. */
  data: BucketClient;
  /** For prediction APIs: writes below `predictions/`, and does nothing else. */
  capture: BucketClient;
  /** Access to the store through the network policies. */
  access: Access;
  /** What must be there first. */
  dependsOn: pulumi.Resource[];
}

type Secret = NonNullable<ConstructorParameters<typeof Credentials>[1]["password"]>;

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
  /** Accounts of the bucket of data. */
  data: DataAccounts | undefined;
}

/** Who uses the bucket of data. */
export interface DataAccounts {
  data: Credentials;
  capture: Credentials;
}

/** The S3 store of models and artifacts: one bucket and one account per client. */
export class ObjectStore extends pulumi.ComponentResource {
  /** MLflow's bucket. */
  readonly mlflow: BucketClient;
  /** The bucket of data, where it is wanted. */
  readonly data: DataStore | undefined;
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
    const data = args.data ? this.#dataAccounts(name, namespace, settings) : undefined;
    const server = this.#server(name, { namespace, settings, image, credentials, data });
    if (kept) this.#keep(name, namespace, kept);
    this.access = server.access;
    this.watched = server.watched;
    const common = {
      endpoint: pulumi.output(server.endpoint),
      region: external?.region ?? "us-east-1",
    };
    this.mlflow = { ...common, bucket: external?.bucket ?? "mlflow", credentials };
    const bucket = { ...common, bucket: external?.data?.bucket ?? DATA_BUCKET };
    this.data = data && {
      data: { ...bucket, credentials: data.data },
      capture: { ...bucket, credentials: data.capture },
      access: server.access,
      dependsOn: [this],
    };
    this.registerOutputs({ endpoint: this.mlflow.endpoint });
  }

  #dataAccounts(
    name: string,
    namespace: Environment,
    settings: StackConfig["objectStore"],
  ): DataAccounts {
    const given = settings.kind === "external" ? settings.data : undefined;
    if (settings.kind === "minio" || (settings.kind === "external" && given === undefined)) {
      const reason =
        settings.kind === "minio"
          ? "'data' is for SeaweedFS or any S3: our MinIO gets no second bucket"
          : "'settings.data' is missing: 'data' needs a second bucket with two accounts";
      throw new pulumi.ResourceError(reason, this, true);
    }
    const account = (of: string, login?: { accessKey: pulumi.Input<string>; secretKey: Secret }) =>
      new Credentials(
        `${name}-${of}`,
        {
          ...{ namespace, of: name, username: login?.accessKey ?? of, password: login?.secretKey },
          // SeaweedFS makes its accounts at each start: another password opens the same bucket.
          keep: false,
        },
        { parent: this },
      );
    return { data: account(DATA_BUCKET, given), capture: account("capture", given?.capture) };
  }

  #server(
    name: string,
    { namespace, settings, image, credentials, data }: Resolved,
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
          { namespace, settings, image: this.#image(image, settings.kind), credentials, data },
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
