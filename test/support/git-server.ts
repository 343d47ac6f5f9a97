import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A git host as a team has one: smart HTTP, and nothing without the token. */
export interface GitServer {
  /** Address of the one repository, without the token. */
  url: string;
  username: string;
  token: string;
  /** The address with the token in it, for a clone's remote. */
  urlWithToken: string;
  /** The bare repository itself. */
  folder: string;
  stop(): void;
}

/** Serves a new empty repository on an address of this machine, with git's own `http-backend`. */
export async function startGitServer(address = "127.0.0.1"): Promise<GitServer> {
  const root = mkdtempSync(join(tmpdir(), "slipway-git-"));
  const folder = join(root, "slipway.git");
  execFileSync("git", ["init", "-q", "--bare", "-b", "main", folder]);
  const [username, token] = ["git", randomBytes(16).toString("hex")];
  const allowed = `Basic ${Buffer.from(`${username}:${token}`).toString("base64")}`;
  const server = createServer((request, response) => {
    if (request.headers.authorization === allowed) {
      serve(root, username, request, response);
      return;
    }
    request.resume();
    response.writeHead(401, { "www-authenticate": 'Basic realm="git"' }).end();
  }).listen(0, address);
  await once(server, "listening");
  const place = `${address}:${(server.address() as AddressInfo).port}/slipway.git`;
  return {
    url: `http://${place}`,
    username,
    token,
    urlWithToken: `http://${username}:${token}@${place}`,
    folder,
    stop: () => {
      server.closeAllConnections();
      server.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** One request as a CGI call (RFC 3875). */
function serve(
  root: string,
  user: string,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const [path = "", query = ""] = (request.url ?? "").split("?");
  const backend = spawn("git", ["http-backend"], {
    env: {
      PATH: process.env["PATH"],
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: "1",
      REMOTE_USER: user,
      REQUEST_METHOD: request.method,
      PATH_INFO: path,
      QUERY_STRING: query,
      CONTENT_TYPE: request.headers["content-type"],
      CONTENT_LENGTH: request.headers["content-length"],
      HTTP_CONTENT_ENCODING: request.headers["content-encoding"],
      GIT_PROTOCOL: request.headers["git-protocol"]?.toString(),
    },
    stdio: ["pipe", "pipe", "ignore"],
  });
  request.pipe(backend.stdin);
  const chunks: Buffer[] = [];
  backend.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  backend.on("close", () => {
    const output = Buffer.concat(chunks);
    const end = output.indexOf("\r\n\r\n");
    const headers = output
      .subarray(0, end)
      .toString()
      .split("\r\n")
      .map((line) => line.split(": ") as [string, string]);
    const status = headers.find(([name]) => name === "Status")?.[1] ?? "200";
    for (const [name, value] of headers) if (name !== "Status") response.setHeader(name, value);
    response.writeHead(Number.parseInt(status)).end(output.subarray(end + 4));
  });
}
