import { Failure } from "../failure.ts";
import type { kubectlFor } from "../kubectl.ts";

/** Kinds of objects that commands list, read or write in an environment, by group and version. */
export const KINDS = {
  ConfigMap: { api: "v1", plural: "configmaps" },
  Namespace: { api: "v1", plural: "namespaces" },
  Pod: { api: "v1", plural: "pods" },
  Service: { api: "v1", plural: "services" },
  Deployment: { api: "apps/v1", plural: "deployments" },
  StatefulSet: { api: "apps/v1", plural: "statefulsets" },
  CronJob: { api: "batch/v1", plural: "cronjobs" },
  Job: { api: "batch/v1", plural: "jobs" },
  EndpointSlice: { api: "discovery.k8s.io/v1", plural: "endpointslices" },
  Cluster: { api: "postgresql.cnpg.io/v1", plural: "clusters" },
} as const;

export type Kind = keyof typeof KINDS;

/** An object's identity. */
export interface Named {
  kind: Kind;
  metadata: { name: string; namespace?: string };
}

/** The objects of a namespace: by kubectl here, by the API itself from inside the cluster. */
export interface Objects {
  /**
   * Those of a kind; none where the cluster does not know the kind.
   *
   * @param labels selectors, e.g. `app.kubernetes.io/name=ui`; all must hold.
   */
  list<T>(kind: Kind, labels: readonly string[]): Promise<T[]>;
  /** One object; undefined where there is none of the name. */
  read<T>(object: Named): Promise<T | undefined>;
  /** Sets fields by server-side apply, as the manager's own (kubernetes.io/docs/reference/using-api/server-side-apply). */
  apply(object: object & Named & { apiVersion: string }, manager: string): Promise<void>;
  /** Makes an object that is not there yet; false where it is. */
  create(object: object & Named & { apiVersion: string }): Promise<boolean>;
  /** Deletes an object, if it is there. */
  remove(object: Named): Promise<void>;
  /** Merges a patch into an object (RFC 7386). */
  merge(object: Named, patch: object): Promise<void>;
}

/** Objects by kubectl. @throws Failure that says what could not be done, and kubectl's own words. */
export function kubectlObjects(kubectl: ReturnType<typeof kubectlFor>, namespace: string): Objects {
  const run = (args: string[], input?: object) =>
    kubectl(["-n", namespace, ...args], {
      reject: false,
      ...(input && { input: JSON.stringify(input) }),
    });
  const fail = (what: string, stderr: string) => new Failure(`${what} in ${namespace}: ${stderr}`);
  return {
    async list<T>(kind: Kind, labels: readonly string[]) {
      const selected = labels.length === 0 ? [] : ["-l", labels.join(",")];
      const found = await run(["get", resource(kind), ...selected, "-o", "json"]);
      if (!found.failed) return (JSON.parse(found.stdout) as { items: T[] }).items;
      if (found.stderr.includes("doesn't have a resource type")) return [];
      throw fail(`the ${resource(kind)} cannot be read`, found.stderr);
    },

    async read<T>({ kind, metadata: { name } }: Named) {
      const found = await run(["get", `${kind.toLowerCase()}/${name}`, "-o", "json"]);
      if (!found.failed) return JSON.parse(found.stdout) as T;
      if (found.stderr.includes("NotFound")) return undefined;
      throw fail(`${kind} ${name} cannot be read`, found.stderr);
    },

    async apply(object, manager) {
      const how = ["--server-side", "--force-conflicts", `--field-manager=${manager}`];
      const applied = await run(["apply", ...how, "-f", "-"], object);
      if (applied.failed) {
        throw fail(`${object.kind} ${object.metadata.name} cannot be set`, applied.stderr);
      }
    },

    async create(object) {
      const made = await run(["create", "-f", "-"], object);
      if (made.failed && !made.stderr.includes("AlreadyExists")) {
        throw fail(`${object.kind} ${object.metadata.name} cannot be made`, made.stderr);
      }
      return !made.failed;
    },

    async remove({ kind, metadata: { name } }) {
      const gone = await run(["delete", resource(kind), name, "--ignore-not-found"]);
      if (gone.failed) throw fail(`${kind} ${name} cannot be deleted`, gone.stderr);
    },

    async merge({ kind, metadata: { name } }, patch) {
      const how = ["patch", resource(kind), name, "--type=merge", "-p", JSON.stringify(patch)];
      const merged = await run(how);
      if (merged.failed) throw fail(`${kind} ${name} cannot be changed`, merged.stderr);
    },
  };
}

/** As kubectl takes it, with its group: `clusters.postgresql.cnpg.io`, `pods`. */
function resource(kind: Kind): string {
  const { api, plural } = KINDS[kind];
  const [group] = api.split("/");
  return api.includes("/") ? `${plural}.${group ?? ""}` : plural;
}
