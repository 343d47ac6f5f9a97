import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { accountServer } from "../../components/lib/registry-login.ts";
import { Failure, reasonOf } from "../lib/failure.ts";

/** What a tag may stand for: one image or one for each platform, in Docker's words or OCI's. */
const MANIFESTS = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
];

/** Docker Hub answers at another address than its name. */
const HUB = "registry-1.docker.io";

/**
 * Digest of the image behind `host/repository:tag`, as `sha256:…`; undefined where the registry has none.
 * Logged in as `docker login` did. Protocol: OCI distribution specification 1.1.
 *
 * @param otherLogin `user:password` in base64, where `docker login` was not called.
 * @throws Failure when the registry does not answer or refuses the credentials.
 */
export async function digestOf(
  reference: string,
  otherLogin: () => Promise<string | undefined> = () => Promise.resolve(undefined),
): Promise<string | undefined> {
  const [, name = "", repository = "", tag = ""] = /^([^/]+)\/(.+):([^:/]+)$/.exec(reference) ?? [];
  const host = name === "docker.io" ? HUB : name;
  // As Docker does: a registry on this machine may speak plain HTTP.
  const scheme = /^(localhost|127\.\d+\.\d+\.\d+)(:|$)/.test(host) ? "http" : "https";
  const url = `${scheme}://${host}/v2/${repository}/manifests/${tag}`;
  let response = await head(url);
  if (response.status === 401) {
    const login = (await loginFor(accountServer(name))) ?? (await otherLogin());
    const challenge = response.headers.get("www-authenticate") ?? "";
    response = await head(url, await authorization(challenge, login));
  }
  if (response.status === 404) return undefined;
  const digest = response.headers.get("docker-content-digest");
  if (response.ok && digest !== null) return digest;
  throw new Failure(
    `registry ${name} answers ${response.status} for ${repository}:${tag}` +
      ([401, 403].includes(response.status)
        ? `: run \`docker login ${name}\``
        : ": try again later"),
  );
}

async function head(url: string, authorization?: string): Promise<Response> {
  const headers = { accept: MANIFESTS.join(", "), ...(authorization && { authorization }) };
  return ask(url, { method: "HEAD", headers });
}

async function ask(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...init, signal: AbortSignal.timeout(30_000) });
  } catch (error) {
    const cause = error instanceof Error && error.cause ? `: ${reasonOf(error.cause)}` : "";
    throw new Failure(
      `registry ${new URL(url).host} does not answer: ${reasonOf(error)}${cause}; check 'slipway:registry.host'`,
    );
  }
}

/** The header that a challenge asks for: the login itself, or a token that it is exchanged for. */
async function authorization(challenge: string, login?: string): Promise<string | undefined> {
  const basic = login && `Basic ${login}`;
  if (!/^bearer /i.test(challenge)) return basic;
  const fields = Object.fromEntries(
    [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = "", value = ""]) => [key, value]),
  );
  const { realm = "", ...query } = fields;
  const url = `${realm}?${new URLSearchParams(query).toString()}`;
  const response = await ask(url, { headers: basic ? { authorization: basic } : {} });
  if (!response.ok) return undefined;
  const { token, access_token } = (await response.json()) as Record<string, string>;
  return `Bearer ${token ?? access_token ?? ""}`;
}

interface DockerConfig {
  auths?: Record<string, { auth?: string }>;
  credHelpers?: Record<string, string>;
  credsStore?: string;
}

/** `user:password` in base64, from Docker's configuration or the helper that it names. */
async function loginFor(server: string): Promise<string | undefined> {
  const folder = process.env["DOCKER_CONFIG"] ?? join(homedir(), ".docker");
  const text = await readFile(join(folder, "config.json"), "utf8").catch(() => "{}");
  const config = JSON.parse(text) as DockerConfig;
  const helper = config.credHelpers?.[server] ?? config.credsStore;
  if (helper === undefined) return config.auths?.[server]?.auth;
  const options = { input: server, reject: false } as const;
  const result = await execa(`docker-credential-${helper}`, ["get"], options);
  if (result.failed) return undefined;
  const { Username, Secret } = JSON.parse(result.stdout) as Record<string, string>;
  return Buffer.from(`${Username ?? ""}:${Secret ?? ""}`).toString("base64");
}
