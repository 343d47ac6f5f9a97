import { once } from "node:events";
import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** An object of {@link PlayedS3}. */
export interface PlayedObject {
  body: Buffer;
  headers: Record<string, string>;
  /** When it was written last. */
  changed: Date;
}

/**
 * The part of S3 that a copy needs: objects are listed in pages of two, read, and written as a whole. It checks no
 * signature but the access key in it.
 */
export class PlayedS3 {
  readonly objects = new Map<string, PlayedObject>();
  /** Every request but reads, e.g. `PUT /bucket/key`. */
  readonly writes: string[] = [];
  /** What becomes of a body that is written, for stores that spoil one. */
  spoil: (key: string, body: Buffer) => Buffer = (_, body) => body;
  /** Done before each object is read. */
  beforeRead: (key: string) => void = () => undefined;
  readonly bucket: string;
  readonly accessKey: string;
  readonly #server: Server;

  constructor(bucket: string, accessKey: string) {
    this.bucket = bucket;
    this.accessKey = accessKey;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  async start(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  put(key: string, body: string | Buffer, headers: Record<string, string> = {}): void {
    this.objects.set(key, { body: Buffer.from(body), headers, changed: new Date() });
  }

  /** Text of each object by its key. */
  texts(): Record<string, string> {
    const all = [...this.objects].map(([key, { body }]) => [key, body.toString()]);
    return Object.fromEntries(all) as Record<string, string>;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat((await request.toArray()) as Buffer[]);
    const { code = 200, headers = {}, text = "" } = this.#answerOf(request, body);
    response.writeHead(code, { "content-length": text.length, ...headers });
    response.end(text);
  }

  #answerOf({ method = "", url = "/", headers }: IncomingMessage, body: Buffer): Answer {
    const { pathname, searchParams } = new URL(url, "http://s3");
    const [, bucket, ...parts] = pathname.split("/").map(decodeURIComponent);
    const key = parts.join("/");
    if (!headers.authorization?.includes(`Credential=${this.accessKey}/`))
      return failure(403, "InvalidAccessKeyId");
    if (bucket !== this.bucket) return failure(404, "NoSuchBucket");
    if (method !== "GET" && method !== "HEAD") this.writes.push(`${method} ${pathname}`);
    if (method === "PUT") {
      const kept = Object.entries(headers).filter(([name]) =>
        /^(content-(type|encoding)|x-amz-meta-.*)$/.test(name),
      );
      this.put(key, this.spoil(key, body), Object.fromEntries(kept) as Record<string, string>);
      return { headers: { etag: '"any"' } };
    }
    if (method !== "GET" && method !== "HEAD") return failure(405, "MethodNotAllowed");
    if (key === "") return { text: Buffer.from(this.#list(searchParams)) };
    if (method === "GET") this.beforeRead(key);
    const found = this.objects.get(key);
    if (!found) return failure(404, "NoSuchKey");
    const changed = { "last-modified": found.changed.toUTCString(), etag: '"any"' };
    return { headers: { ...changed, ...found.headers }, text: found.body };
  }

  #list(query: URLSearchParams): string {
    const keys = [...this.objects.keys()]
      .filter((key) => key.startsWith(query.get("prefix") ?? ""))
      .sort();
    const begin = Number(query.get("continuation-token") ?? 0);
    const page = keys.slice(begin, begin + 2);
    const more = begin + 2 < keys.length;
    const contents = page.map((key) => {
      const { body, changed } = this.objects.get(key) ?? { body: "", changed: new Date(0) };
      return `<Contents><Key>${encodeURIComponent(key)}</Key><Size>${body.length}</Size><LastModified>${changed.toISOString()}</LastModified></Contents>`;
    });
    const next = more ? `<NextContinuationToken>${begin + 2}</NextContinuationToken>` : "";
    return `<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>${more}</IsTruncated>${next}${contents.join("")}</ListBucketResult>`;
  }
}

interface Answer {
  code?: number;
  headers?: Record<string, string>;
  text?: Buffer;
}

function failure(code: number, name: string): Answer {
  return {
    code,
    text: Buffer.from(`<Error><Code>${name}</Code><Message>${name}</Message></Error>`),
  };
}
