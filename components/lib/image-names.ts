import { hostProblem } from "./object-names.ts";

/**
 * Names of images and their parts, by the grammar that kubelet, containerd and Docker share:
 * github.com/distribution/reference (regexp.go). Each says what is wrong with a text; undefined for
 * a sound one.
 */
const COMPONENT = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const PATH = new RegExp(`^${COMPONENT}(/${COMPONENT})*$`);
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** Characters of a repository's path, e.g. `my-team/slipway/training`. */
const PATH_LENGTH = 255;
/** Room for the longest of our own images' names, and more of them to come. */
const PREFIX_LENGTH = PATH_LENGTH - "/".length - 30;

/** The host of a registry, with a port where it is not 443. */
export function registryHostProblem(text: string): string | undefined {
  if (text.includes("://")) return "is an address: write the host alone, such as quay.io";
  const [, host = "", port] = /^(.*?)(?::(\d+))?$/.exec(text) ?? [];
  if (text.includes("/")) return "has a path: write the host alone, and the rest as 'prefix'";
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65535))
    return "has a port that is not 1 to 65535";
  const problem = hostProblem(host);
  if (problem !== undefined) return problem;
  // Docker takes such a word for the first part of a path on its own Hub.
  const named = host.includes(".") || port !== undefined || host === "localhost";
  return named
    ? undefined
    : "has no dot and no port, so that it would be sought on Docker Hub: write its full host name, such as registry.example.com";
}

/** The part of our images' names between the registry's host and their own name. */
export function prefixProblem(text: string): string | undefined {
  if (text.length > PREFIX_LENGTH)
    return `has ${text.length} characters, at most ${PREFIX_LENGTH} leave room for the images' names`;
  if (PATH.test(text)) return undefined;
  return "is not a valid path of a repository, such as my-team/slipway: lower-case letters and digits, with one of . - _ between them, and no slash at either end";
}

/** An image by version: `<repository>:<tag>`, with `@sha256:…` behind, or by digest alone. */
export function imageProblem(text: string): string | undefined {
  const { repository, tag, digest } = imageParts(text);
  const [first = "", ...rest] = repository.split("/");
  const host = rest.length > 0 && (/[.:]/.test(first) || first === "localhost") ? first : undefined;
  const path = host === undefined ? repository : rest.join("/");
  if (
    !PATH.test(path) ||
    path.length > PATH_LENGTH ||
    (host !== undefined && registryHostProblem(host) !== undefined)
  ) {
    return "is not a valid image, such as registry.example.com/team/ui:1a2b3c4@sha256:…";
  }
  if (tag !== undefined && !TAG.test(tag))
    return "has a tag that is not valid: up to 128 letters, digits and . - _, beginning with a letter, digit or _";
  if (digest !== undefined && !DIGEST.test(digest))
    return "has a digest that is not valid: sha256: and 64 digits from 0 to f";
  const moves = tag === undefined || tag === "latest";
  if (moves && digest === undefined)
    return "names no version, as 'latest' moves: name a tag such as :18.6, or a digest";
  return undefined;
}

/** The same with a tag in any case: it names the commit that the image was built from. */
export function pinProblem(text: string): string | undefined {
  const problem = imageProblem(text);
  if (problem !== undefined || imageParts(text).tag !== undefined) return problem;
  return "has no tag, which names the commit: write <repository>:<tag>@sha256:…, as 'npm run history' shows it";
}

/** The parts of `repository:tag@digest`; the colon of a registry's port is not that of a tag. */
export function imageParts(text: string) {
  const [name = "", ...rest] = text.split("@");
  const digest = rest.length === 0 ? undefined : rest.join("@");
  const [, repository = name, tag] = /^(.*):([^/]*)$/.exec(name) ?? [];
  return { repository, tag, digest };
}

/** Major version that an image's tag begins with, e.g. `18` of `postgres:18.6-bookworm`. */
export function majorOf(image: string): string | undefined {
  return /^\d+/.exec(imageParts(image).tag ?? "")?.[0];
}
