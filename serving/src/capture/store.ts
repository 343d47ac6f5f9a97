import { createHash, createHmac, randomUUID } from "node:crypto";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { SignatureV4 } from "@smithy/signature-v4";

import type { StoreAddress } from "./settings.ts";

const PATIENCE_MS = 10_000;

/** Keeps whole objects under names that are never used twice. */
export interface Store {
  /** Where, for messages; without credentials. */
  readonly description: string;
  /** Writes an object whole or not at all. @throws Error that says why not. */
  put(name: string, bytes: Uint8Array): Promise<void>;
}

export function storeOf(address: StoreAddress): Store {
  return address.kind === "folder" ? new FolderStore(address.path) : new S3Store(address);
}

class FolderStore implements Store {
  readonly description: string;
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.description = folder;
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    const file = join(this.#folder, name);
    const folder = dirname(file);
    await mkdir(folder, { recursive: true });
    // Readers of data skip what begins with a dot.
    const next = join(folder, `.${randomUUID()}`);
    try {
      await writeFile(next, bytes, { flush: true });
      await rename(next, file);
    } catch (error) {
      await rm(next, { force: true });
      throw error;
    }
  }
}

/** One PutObject a file: an account that may only write is enough. */
class S3Store implements Store {
  readonly description: string;
  readonly #address: Extract<StoreAddress, { kind: "s3" }>;
  readonly #signer: SignatureV4;

  constructor(address: Extract<StoreAddress, { kind: "s3" }>) {
    this.#address = address;
    this.description = `s3://${address.bucket}/${address.prefix} at ${address.endpoint}`;
    const { region, accessKeyId, secretAccessKey, sessionToken } = address;
    this.#signer = new SignatureV4({
      ...{ service: "s3", region, sha256: Sha256, uriEscapePath: false },
      credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) },
    });
  }

  async put(name: string, body: Uint8Array): Promise<void> {
    const { endpoint, bucket, prefix } = this.#address;
    const key = [bucket, prefix, ...name.split("/")].filter((part) => part !== "");
    const url = new URL(
      `${endpoint}/${key
        .flatMap((part) => part.split("/"))
        .map(escaped)
        .join("/")}`,
    );
    const request = {
      method: "PUT",
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      headers: {
        host: url.host,
        "x-amz-content-sha256": createHash("sha256").update(body).digest("hex"),
      },
    };
    const { headers } = await this.#signer.sign(request);
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const answer = await fetch(url, { method: "PUT", headers, body, signal, redirect: "manual" });
    const text = await answer.text();
    if (answer.ok) return;
    const code = /<Code>([^<]{1,80})<\/Code>/.exec(text)?.[1];
    throw new Error(`the store answered ${answer.status}${code === undefined ? "" : ` (${code})`}`);
  }
}

/** As AWS' signature wants a path: RFC 3986's unreserved characters stay. */
function escaped(part: string): string {
  return encodeURIComponent(part).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Node's own SHA-256 and HMAC, in the form that the signer takes. */
class Sha256 {
  readonly #hash: ReturnType<typeof createHash>;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash =
      secret === undefined
        ? createHash("sha256")
        : (createHmac("sha256", bytesOf(secret)) as unknown as ReturnType<typeof createHash>);
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytesOf(data));
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }

  reset(): void {
    throw new Error("a hash is used once");
  }
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === "string") return Buffer.from(data);
  if (ArrayBuffer.isView(data))
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return new Uint8Array(data);
}
