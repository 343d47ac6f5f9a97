import { imageParts } from "../../components/lib/image-names.ts";
import { Failure, reasonOf } from "../lib/failure.ts";

/** An account of a registry. */
export interface Account {
  username: string;
  password: string;
}

/** Docker Hub, whose registry has another name than its images. */
const HUB = { named: "docker.io", asked: "registry-1.docker.io" };

/** An index of several platforms first: its digest holds on every node. */
const ACCEPT = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

/**
 * The digest that a registry has under an image's tag now, e.g. `sha256:…`.
 *
 * Asks as the OCI Distribution Specification says (1.1, "Checking if content exists in the registry"), with a token of the
 * registry's own where it wants one (distribution.github.io, "Token Authentication Specification").
 *
 * @param image with its registry and tag, e.g. `docker.io/library/postgres:18.6-bookworm`.
 * @param account where the registry lets nobody else in.
 * @throws Failure that names the image where the registry does not answer or has no such tag.
 */
export async function registryDigest(image: string, account?: Account): Promise<string> {
  const { repository, tag } = imageParts(image);
  const [host = "", ...path] = repository.split("/");
  const asked = host === HUB.named ? HUB.asked : host;
  const name = path.join("/");
  const url = `${isLoopback(asked) ? "http" : "https"}://${asked}/v2/${name}/manifests/${tag ?? ""}`;
  const basic = account && `Basic ${btoa(`${account.username}:${account.password}`)}`;
  let answer = await head(image, url, undefined);
  if (answer.status === 401) {
    const challenge = answer.headers.get("www-authenticate") ?? "";
    answer = await head(image, url, await authorization(image, challenge, basic));
  }
  const digest = answer.headers.get("docker-content-digest");
  if (answer.ok && digest !== null && /^sha256:[0-9a-f]{64}$/.test(digest)) return digest;
  throw new Failure(`${image}: ${why(answer, host)}`);
}

function why({ status, ok }: Response, host: string): string {
  if (ok) return `${host} gives no digest (header Docker-Content-Digest)`;
  if (status === 404) return `${host} has no such image: correct its name and tag`;
  if (status === 401 || status === 403)
    return `${host} lets nobody in without an account (${status}): SLIPWAY_REGISTRY_USERNAME and SLIPWAY_REGISTRY_PASSWORD give one`;
  if (status === 429)
    return `${host} has answered too often (429): try again later, or give an account`;
  return `${host} answered ${status}`;
}

/** What to send after a 401: the account itself, or a token that the registry's own server gives for it. */
async function authorization(
  image: string,
  challenge: string,
  basic: string | undefined,
): Promise<string | undefined> {
  if (!/^bearer /i.test(challenge)) return basic;
  const part = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1];
  const realm = part("realm");
  if (realm === undefined || !URL.canParse(realm)) return basic;
  const url = new URL(realm);
  for (const name of ["service", "scope"]) {
    const value = part(name);
    if (value !== undefined) url.searchParams.set(name, value);
  }
  const response = await ask(image, url.href, { headers: basic ? { authorization: basic } : {} });
  if (!response.ok) return undefined;
  const { token, access_token: also } = (await response.json()) as Record<string, string>;
  return `Bearer ${token ?? also ?? ""}`;
}

function head(image: string, url: string, authorization: string | undefined): Promise<Response> {
  const headers = { accept: ACCEPT, ...(authorization === undefined ? {} : { authorization }) };
  return ask(image, url, { method: "HEAD", headers });
}

async function ask(image: string, url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...init, signal: AbortSignal.timeout(30_000) });
  } catch (error) {
    const { cause } = error as { cause?: unknown };
    throw new Failure(
      `${image}: ${new URL(url).host} does not answer: ${reasonOf(cause ?? error)}`,
    );
  }
}

/** As Docker does, a registry on this machine is asked without TLS. */
const isLoopback = (host: string) => /^(localhost|127\.0\.0\.1)(:|$)/.test(host);
