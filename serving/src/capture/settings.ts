import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where captured predictions and labels go. */
export type StoreAddress =
  | { readonly kind: "folder"; readonly path: string }
  | {
      readonly kind: "s3";
      readonly bucket: string;
      /** Without slashes at its ends; may be empty. */
      readonly prefix: string;
      /** Of the bucket's server, e.g. `https://s3.eu-west-1.amazonaws.com`; asked by path style. */
      readonly endpoint: string;
      readonly region: string;
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
      readonly sessionToken?: string;
    };

/** What is captured of predictions, and where it goes. */
export interface CaptureSettings {
  readonly store: StoreAddress;
  /** Share of the requests whose rows are kept, above 0 up to 1. */
  readonly rate: number;
  /** Features that are never kept. */
  readonly drop: readonly string[];
  /** Seconds after which a file is written, however few rows it has. */
  readonly seconds: number;
  /** Bytes of rows that may wait to be stored; beyond them rows are shed. */
  readonly bytes: number;
}

/** The variables that say so, as the environment's schema has read them. */
export interface CaptureVariables {
  readonly CAPTURE_URL?: string;
  readonly CAPTURE_ACCOUNT?: string;
  readonly CAPTURE_RATE: number;
  readonly CAPTURE_DROP?: string;
  readonly CAPTURE_SECONDS: number;
  readonly CAPTURE_BYTES: number;
}

/** The usual variables of an S3 account. */
type Account = Readonly<Record<string, string | undefined>>;

/** @returns undefined where nothing is to be captured. @throws Error that names the variable, its value and the remedy. */
export function captureSettings(
  values: CaptureVariables,
  account: Account,
): CaptureSettings | undefined {
  const { CAPTURE_URL: url, CAPTURE_DROP: drop, CAPTURE_ACCOUNT: folder } = values;
  if (url === undefined) return undefined;
  // As everywhere, an empty text means "not set".
  const set = Object.fromEntries(Object.entries(account).filter(([, text]) => text !== ""));
  return {
    store: storeAddress(url, folder === undefined ? set : { ...set, ...accountIn(folder) }),
    rate: values.CAPTURE_RATE,
    drop: drop === undefined ? [] : names(drop),
    seconds: values.CAPTURE_SECONDS,
    bytes: values.CAPTURE_BYTES,
  };
}

/** The account in a folder like that of a mounted Secret of type `kubernetes.io/basic-auth`. */
function accountIn(folder: string): Account {
  const [id, secret] = ["username", "password"].map((key) => {
    try {
      return readFileSync(join(folder, key), "utf8").trim();
    } catch (cause) {
      const why = (cause as NodeJS.ErrnoException).code ?? String(cause);
      const reason = `its file ${key} cannot be read (${why})`;
      throw new Error(`CAPTURE_ACCOUNT=${folder}: ${reason}`, { cause });
    }
  });
  return { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: undefined };
}

function storeAddress(text: string, account: Account): StoreAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && url.username + url.password !== "") {
    throw new Error("CAPTURE_URL has an account in it: give that as AWS_ACCESS_KEY_ID and so on");
  }
  const path = url && pathOf(url);
  const isFolder = url?.protocol === "file:" && url.host === "";
  const isBucket = url?.protocol === "s3:" && url.host !== "";
  if (path === undefined || (!isFolder && !isBucket)) {
    throw new Error(`CAPTURE_URL=${text} is neither s3://BUCKET/PREFIX nor file:///FOLDER`);
  }
  if (isFolder) return { kind: "folder", path };
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret } = account;
  const { AWS_REGION: region = "us-east-1", AWS_SESSION_TOKEN: token } = account;
  if (!id || !secret) {
    const both = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
    throw new Error(`CAPTURE_URL=${text} needs ${both} of an account that may write there`);
  }
  const endpoint = account["AWS_ENDPOINT_URL"] ?? `https://s3.${region}.amazonaws.com`;
  if (endpoint.includes("@")) {
    throw new Error(
      "AWS_ENDPOINT_URL has an account in it: give that as AWS_ACCESS_KEY_ID and so on",
    );
  }
  if (!/^https?:\/\/[^/?#]+\/?$/.test(endpoint)) {
    throw new Error(`AWS_ENDPOINT_URL=${endpoint} is no address such as https://store.example.com`);
  }
  return {
    kind: "s3",
    bucket: url.host,
    prefix: path.replace(/^\/+|\/+$/g, ""),
    endpoint: endpoint.replace(/\/$/, ""),
    region,
    accessKeyId: id,
    secretAccessKey: secret,
    ...(token && { sessionToken: token }),
  };
}

/** The decoded path; undefined where it is none, or where more follows that would be left out in silence. */
function pathOf(url: URL): string | undefined {
  if (url.search + url.hash !== "") return undefined;
  try {
    return url.protocol === "file:" ? fileURLToPath(url) : decodeURIComponent(url.pathname);
  } catch {
    return undefined;
  }
}

/** Features' names may hold any character, so they come as JSON. */
function names(text: string): string[] {
  try {
    const list: unknown = JSON.parse(text);
    if (Array.isArray(list) && list.every((one) => typeof one === "string")) return list;
  } catch {
    // It is said below.
  }
  throw new Error(`CAPTURE_DROP=${text} is no JSON list of features' names, such as ["age"]`);
}
