import { readFileSync } from "node:fs";
import { Failure, reasonOf } from "../lib/failure.ts";
import { KINDS, type Kind, type Named, type Objects } from "../lib/stack/objects.ts";

/** How the API of Kubernetes is reached from a pod. */
export interface ApiAccess {
  /** E.g. `https://kubernetes.default.svc`. */
  server: string;
  /** File of the account's token; it is replaced while we run, so each request reads it. */
  tokenFile: string;
}

/** Milliseconds that one request may take. */
const PATIENCE = 10_000;

interface Call {
  method: "GET" | "POST" | "PATCH" | "DELETE";
  path: string;
  body?: object;
  type?: string;
}

/**
 * Objects by the API itself (kubernetes.io/docs/reference/using-api/api-concepts).
 *
 * @throws Failure that says what could not be done, and the API's own words.
 */
export function apiObjects(access: ApiAccess, namespace: string): Objects {
  const call = async ({ method, path, body, type = "application/json" }: Call) => {
    const headers = {
      authorization: `Bearer ${readFileSync(access.tokenFile, "utf8").trim()}`,
      accept: "application/json",
      ...(body && { "content-type": type }),
    };
    const signal = AbortSignal.timeout(PATIENCE);
    const request = { method, headers, signal, ...(body && { body: JSON.stringify(body) }) };
    const response = await fetch(`${access.server}${path}`, request);
    return { status: response.status, ok: response.ok, text: await response.text() };
  };
  /** The answer, or the words of a Failure; an answer of `expected` is none. */
  const ask = async (what: string, request: Call, expected?: number) => {
    const answer = await call(request).catch((error: unknown) => {
      throw new Failure(`${what} in ${namespace}: the API does not answer: ${reasonOf(error)}`);
    });
    if (answer.ok) return answer.text;
    if (answer.status === expected) return undefined;
    throw new Failure(`${what} in ${namespace}: ${answer.status} ${messageOf(answer.text)}`);
  };
  const pathOf = (kind: Kind, name = "") => {
    const { api, plural } = KINDS[kind];
    const root = `/${api.includes("/") ? "apis" : "api"}/${api}`;
    const within = kind === "Namespace" ? root : `${root}/namespaces/${namespace}`;
    return `${within}/${plural}${name && `/${name}`}`;
  };
  const path = ({ kind, metadata: { name } }: Named) => pathOf(kind, name);
  const called = ({ kind, metadata: { name } }: Named) => `${kind} ${name}`;

  return {
    async list<T>(kind: Kind, labels: readonly string[]) {
      const query = labels.length ? `?labelSelector=${encodeURIComponent(labels.join(","))}` : "";
      const request = { method: "GET", path: pathOf(kind) + query } as const;
      const found = await ask(`the ${KINDS[kind].plural} cannot be read`, request, 404);
      if (found === undefined) return [];
      const { items } = JSON.parse(found) as { items: T[] };
      // The API says what they are once for the whole list; kubectl says it of each.
      return items.map((item) => ({ apiVersion: KINDS[kind].api, kind, ...item }));
    },

    async read<T>(object: Named) {
      const request = { method: "GET", path: path(object) } as const;
      const found = await ask(`${called(object)} cannot be read`, request, 404);
      return found === undefined ? undefined : (JSON.parse(found) as T);
    },

    async apply(object, manager) {
      const query = `?fieldManager=${manager}&force=true`;
      // JSON is YAML too.
      const type = "application/apply-patch+yaml";
      const request = { method: "PATCH", path: path(object) + query, body: object, type } as const;
      await ask(`${called(object)} cannot be set`, request);
    },

    async create(object) {
      const request = { method: "POST", path: pathOf(object.kind), body: object } as const;
      return (await ask(`${called(object)} cannot be made`, request, 409)) !== undefined;
    },

    async merge(object, patch) {
      const type = "application/merge-patch+json";
      const request = { method: "PATCH", path: path(object), body: patch, type } as const;
      await ask(`${called(object)} cannot be changed`, request);
    },

    async remove(object) {
      const request = { method: "DELETE", path: path(object) } as const;
      await ask(`${called(object)} cannot be deleted`, request, 404);
    },
  };
}

/** The API answers with a `Status`, what stands before it with any text. */
function messageOf(text: string): string {
  try {
    return (JSON.parse(text) as { message?: string }).message ?? text.slice(0, 200);
  } catch {
    return text.slice(0, 200);
  }
}
