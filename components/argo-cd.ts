import { readFileSync } from "node:fs";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { parseAllDocuments } from "yaml";
import type { StackArgs, StackConfig } from "./config/schema.ts";
import { settledPart } from "./config/settled.ts";
import { type Environment, type Namespace, environmentOf } from "./environment.ts";
import { labels, restrictedPods } from "./lib/labels.ts";
import { fixedName, generatedValue } from "./lib/options.ts";
import { type PartlyStoredArgs, partlyStored } from "./partly-stored.ts";

/** Where Argo CD itself lives, one for all environments of a cluster. */
const NAMESPACE = "argocd";

type Settings = NonNullable<StackConfig["argocd"]>;

export interface ArgoCdArgs {
  /** The environment that Argo CD keeps in step, and the only place it may write to. */
  namespace: Namespace;
  /** Repository, and whether Argo CD is to be installed. */
  settings: NonNullable<StackArgs["argocd"]>;
  /** Branch that holds what `render` wrote, e.g. `gitops/staging`. */
  branch: string;
  /** Wait until Argo CD's own pods run. @default true */
  wait?: boolean;
}

/**
 * Argo CD with one Application: it, not Pulumi, owns the serving objects, which come from a branch
 * of their own.
 */
export class ArgoCd extends pulumi.ComponentResource {
  /** Name of the Application. */
  readonly application: pulumi.Output<string>;

  constructor(name: string, args: ArgoCdArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:delivery:ArgoCd", name, {}, opts);
    const { branch, wait = true } = args;
    const settings = settledPart("argocd", args.settings, this);
    const namespace = environmentOf(args.namespace, name, this);
    const project = namespace.instance;
    const child = fixedName(this);
    const metadata = {
      name: project,
      namespace: NAMESPACE,
      labels: labels(namespace.selector(name), "delivery"),
    };

    const installed = settings.install ? install(name, settings, wait, this) : [];
    const after = { ...child, dependsOn: installed };
    if (settings.token !== undefined) {
      partlyStored(name, repositorySecret(metadata, settings, project), after);
    }
    const custom = (kind: string, spec: object, options: pulumi.CustomResourceOptions) =>
      new k8s.apiextensions.CustomResource(
        `${name}-${kind.toLowerCase()}`,
        {
          apiVersion: "argoproj.io/v1alpha1",
          kind,
          // Deleting the Application deletes what it owns, in the foreground.
          metadata: kind === "Application" ? { ...metadata, finalizers: [FINALIZER] } : metadata,
          spec,
        },
        options,
      );
    const limits = custom("AppProject", projectSpec(settings.repository, namespace.name), after);
    const application = custom(
      "Application",
      applicationSpec(settings.repository, branch, namespace),
      { ...child, dependsOn: limits },
    );
    this.application = application.metadata.name;
    this.registerOutputs({ application: this.application });
  }
}

const FINALIZER = "resources-finalizer.argocd.argoproj.io";

/** Argo CD itself, in a namespace of its own. */
function install(
  name: string,
  { chart, chartVersion, manifests }: Settings,
  wait: boolean,
  parent: pulumi.Resource,
): pulumi.Input<pulumi.Resource[]> {
  const child = fixedName(parent);
  const objects = manifests === undefined ? [] : readObjects(manifests, parent);
  const space = new k8s.core.v1.Namespace(
    name,
    { metadata: { name: NAMESPACE, labels: restrictedPods() } },
    child,
  );
  const namespace = space.metadata.name;
  // Argo CD would make it in a hook, and a `Chart` runs none (pulumi-kubernetes #3284).
  const auth = new random.RandomPassword(
    `${name}-redis`,
    { length: 32, special: false },
    generatedValue(parent),
  );
  const redis = new k8s.core.v1.Secret(
    `${name}-redis`,
    { metadata: { name: "argocd-redis", namespace }, stringData: { auth: auth.result } },
    child,
  );
  if (manifests === undefined) {
    // No `Release`: it wedges after an interrupted `up` (pulumi-kubernetes #2054).
    const values = { redisSecretInit: { enabled: false } };
    const args = { chart, version: chartVersion, namespace, values, skipAwait: !wait };
    return [space, new k8s.helm.v4.Chart(name, args, { parent, dependsOn: redis })];
  }
  // The older `ConfigGroup`: of the newer one (v2 in 4.34.2) `up` makes every object and then never ends.
  const objs = objects
    .filter(({ kind }) => kind !== CRD)
    .map((object) => inNamespace(object, namespace));
  const group = new k8s.yaml.ConfigGroup(name, { objs }, { parent, dependsOn: redis });
  const kinds = objects
    .filter(({ kind }) => kind === CRD)
    .map(({ metadata, spec }) => {
      const args = { metadata, spec } as k8s.apiextensions.v1.CustomResourceDefinitionArgs;
      return new k8s.apiextensions.v1.CustomResourceDefinition(metadata.name, args, child);
    });
  return group.resources.apply((others) => [...Object.values(others), ...kinds]);
}

const CRD = "CustomResourceDefinition";

interface KubernetesObject {
  kind: string;
  metadata: { name: string };
  spec?: unknown;
}

function readObjects(file: string, owner: pulumi.Resource): KubernetesObject[] {
  try {
    const documents = parseAllDocuments(readFileSync(file, "utf8"));
    return documents.flatMap((document) => (document.toJS() as KubernetesObject | null) ?? []);
  } catch (error) {
    const reason = `'argocd.manifests' (${file}) cannot be read: name the file of a release, or leave it out for the chart. ${String(error)}`;
    throw new pulumi.ResourceError(reason, owner, true);
  }
}

/** A release's manifests leave the namespace to whoever applies them. */
function inNamespace(object: KubernetesObject, namespace: pulumi.Input<string>): object {
  const { kind, metadata } = object;
  if (kind.startsWith("Cluster")) return object;
  return { ...object, metadata: { ...metadata, namespace } };
}

/** Argo CD finds a repository's credentials by this label. */
function repositorySecret(
  metadata: { name: string; namespace: string; labels: Record<string, string> },
  { repository, username, token }: Settings,
  project: string,
): PartlyStoredArgs {
  const label = { "argocd.argoproj.io/secret-type": "repository" };
  return {
    metadata: {
      ...metadata,
      name: `${project}-repository`,
      labels: { ...metadata.labels, ...label },
    },
    values: { type: "git", url: repository, username, password: token ?? "", project },
  };
}

function projectSpec(repository: string, namespace: pulumi.Input<string>) {
  return {
    description: "One environment: its namespace, its repository, nothing of the cluster.",
    sourceRepos: [repository],
    destinations: [{ server: SERVER, namespace }],
    clusterResourceWhitelist: [],
    namespaceResourceWhitelist: Object.entries(SERVED).flatMap(([group, kinds]) =>
      kinds.map((kind) => ({ group, kind })),
    ),
  };
}

/** What serving consists of, by API group. Whoever can write to the branch can make nothing else. */
const SERVED: Record<string, string[]> = {
  "": ["Service"],
  apps: ["Deployment"],
  autoscaling: ["HorizontalPodAutoscaler"],
  "gateway.networking.k8s.io": ["HTTPRoute"],
  "networking.gke.io": ["HealthCheckPolicy"],
  "networking.k8s.io": ["Ingress", "NetworkPolicy"],
  policy: ["PodDisruptionBudget"],
  "route.openshift.io": ["Route"],
};

function applicationSpec(
  repoURL: string,
  targetRevision: string,
  { instance, name: namespace, shared }: Environment,
) {
  return {
    project: instance,
    // A folder as it is, whatever lies beside the objects.
    source: { repoURL, targetRevision, path: ".", directory: { include: "*.yaml" } },
    destination: { server: SERVER, namespace },
    syncPolicy: {
      automated: { prune: true, selfHeal: true, allowEmpty: false },
      syncOptions: [
        ...(shared ? [] : ["CreateNamespace=true"]),
        "PrunePropagationPolicy=foreground",
        "PruneLast=true",
        "ServerSideApply=true",
        "RespectIgnoreDifferences=true",
      ],
      retry: {
        limit: 5,
        backoff: { duration: "5s", factor: 2, maxDuration: "3m" },
        // A bad commit's tries go over to the commit that mends it.
        refresh: true,
      },
    },
    // The autoscaler, or whoever puts the environment to sleep, owns the replica count.
    ignoreDifferences: [{ group: "apps", kind: "Deployment", jsonPointers: ["/spec/replicas"] }],
  };
}

const SERVER = "https://kubernetes.default.svc";
