import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "./config.ts";
import { labels } from "./lib/labels.ts";
import { fixedName } from "./lib/options.ts";
import type { PlatformNamespace } from "./platform-namespace.ts";

/** Where Argo CD itself lives, one for all environments of a cluster. */
const NAMESPACE = "argocd";

export interface ArgoCdArgs {
  /** The environment that Argo CD keeps in step, and the only place it may write to. */
  namespace: PlatformNamespace;
  /** Repository, and whether Argo CD is to be installed. */
  settings: NonNullable<StackConfig["argocd"]>;
  /** Branch that holds what `render` wrote, e.g. `gitops/staging`. */
  branch: string;
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
    const { namespace, settings, branch } = args;
    const project = namespace.instance;
    const child = fixedName(this);
    const metadata = {
      name: project,
      namespace: NAMESPACE,
      labels: labels(namespace.selector(name), "delivery"),
    };

    const installed = settings.install ? install(name, settings, this) : [];
    const after = { ...child, dependsOn: installed };
    if (settings.token !== undefined) {
      new k8s.core.v1.Secret(name, repositorySecret(metadata, settings, project), after);
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
      applicationSpec(settings.repository, branch, project, namespace.name),
      {
        ...child,
        dependsOn: [...installed, limits],
      },
    );
    this.application = application.metadata.name;
    this.registerOutputs({ application: this.application });
  }
}

const FINALIZER = "resources-finalizer.argocd.argoproj.io";

/**
 * The official chart, as a `Chart`: Release wedges after an interrupted `up` (pulumi-kubernetes
 * #2054).
 */
function install(
  name: string,
  settings: ArgoCdArgs["settings"],
  parent: pulumi.Resource,
): pulumi.Resource[] {
  const space = new k8s.core.v1.Namespace(
    name,
    { metadata: { name: NAMESPACE } },
    fixedName(parent),
  );
  const chart = new k8s.helm.v4.Chart(
    name,
    {
      chart: settings.chart,
      version: settings.chartVersion,
      namespace: space.metadata.name,
    },
    { parent },
  );
  return [space, chart];
}

/** Argo CD finds a repository's credentials by this label. */
function repositorySecret(
  metadata: { name: string; namespace: string; labels: Record<string, string> },
  { repository, username, token }: ArgoCdArgs["settings"],
  project: string,
): k8s.core.v1.SecretArgs {
  const label = { "argocd.argoproj.io/secret-type": "repository" };
  return {
    metadata: {
      ...metadata,
      name: `${project}-repository`,
      labels: { ...metadata.labels, ...label },
    },
    stringData: { type: "git", url: repository, username, password: token ?? "", project },
  };
}

function projectSpec(repository: string, namespace: pulumi.Input<string>) {
  return {
    description: "One environment: its namespace, its repository, nothing of the cluster.",
    sourceRepos: [repository],
    destinations: [{ server: SERVER, namespace }],
    clusterResourceWhitelist: [],
    namespaceResourceBlacklist: [
      { group: "", kind: "ResourceQuota" },
      { group: "", kind: "LimitRange" },
    ],
  };
}

function applicationSpec(
  repoURL: string,
  targetRevision: string,
  project: string,
  namespace: pulumi.Input<string>,
) {
  return {
    project,
    source: { repoURL, targetRevision, path: "." },
    destination: { server: SERVER, namespace },
    syncPolicy: {
      automated: { prune: true, selfHeal: true, allowEmpty: false },
      syncOptions: [
        "CreateNamespace=true",
        "PrunePropagationPolicy=foreground",
        "PruneLast=true",
        "ServerSideApply=true",
      ],
      retry: { limit: 5, backoff: { duration: "5s", factor: 2, maxDuration: "3m" } },
    },
    // The autoscaler owns the replica count.
    ignoreDifferences: [{ group: "apps", kind: "Deployment", jsonPointers: ["/spec/replicas"] }],
  };
}

const SERVER = "https://kubernetes.default.svc";
