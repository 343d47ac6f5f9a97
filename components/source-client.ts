import type * as pulumi from "@pulumi/pulumi";
import { namedAccount } from "./data-client.ts";
import { PUBLIC, peersOf } from "./lib/destinations.ts";
import type { Access } from "./lib/network.ts";
import { accessOutside, serverOf } from "./outside.ts";
import type { DataStore } from "./object-store.ts";
import type { PodParts } from "./pod-parts.ts";
import { PORTS } from "./well-known.ts";

/** Where rows are read from, or answers written to, outside of the environment. */
export interface SourceArgs {
  /** Its address; none, and one of the environment's own bucket, need nothing more. */
  address: string | undefined;
  /** The environment's own bucket. */
  own?: DataStore | undefined;
  /** Name of the Secret with its account. */
  credentials?: string | undefined;
  /** Where its host leads. @default what it says by itself, and for a name the internet */
  addresses?: readonly string[] | undefined;
  /** S3 service that `s3://` means. @default Amazon's */
  endpoint?: string | undefined;
}

/** What a pod needs for a place of data outside. @throws ResourceError for addresses that are none. */
export function sourceClient(args: SourceArgs, owner: pulumi.Resource): PodParts {
  const { address, credentials, endpoint, own: store } = args;
  const accounts = namedAccount(credentials);
  if (address === undefined || (endpoint === undefined && isIn(store, address))) return accounts;
  const prefix = credentials === undefined ? "" : `${variable(credentials)}_`;
  const own =
    endpoint === undefined || !address.startsWith("s3:")
      ? {}
      : {
          [`${prefix}AWS_ENDPOINT_URL`]: endpoint,
          ...(endpoint.startsWith("http:") && { [`${prefix}AWS_ALLOW_HTTP`]: "true" }),
        };
  return {
    ...accounts,
    variables: { ...accounts.variables, ...own },
    access: accessOf(args, owner),
  };
}

function isIn(store: DataStore | undefined, address: string): boolean {
  const bucket = store?.data.bucket;
  return typeof bucket === "string" && address.startsWith(`s3://${bucket}/`);
}

/** As training looks a key of a Secret up among variables. */
const variable = (secret: string): string => secret.toUpperCase().replaceAll("-", "_");

function accessOf(
  { address = "", addresses, endpoint }: SourceArgs,
  owner: pulumi.Resource,
): Access[] {
  const url = address.startsWith("s3:")
    ? (endpoint ?? "https://s3.amazonaws.com")
    : address.startsWith("gs:")
      ? "https://storage.googleapis.com"
      : address;
  if (!URL.canParse(url)) return [];
  const { protocol, hostname, port } = new URL(url);
  const server = /^postgres(ql)?:$/.test(protocol)
    ? { host: hostname, port: port === "" ? PORTS.postgres : Number(port), addresses }
    : serverOf(url, { addresses });
  const known = peersOf(server.host, addresses) ? server : { ...server, addresses: [PUBLIC] };
  return [accessOutside(known, "addresses", owner)];
}
