import { type ModelFile, readModel } from "../lib/model-file.ts";
import { MODELS_ON_NODE_PORTS } from "../well-known.ts";
import type { Problem, StackConfig } from "./schema.ts";

/**
 * A rule between keys. A key that was itself invalid is absent, and the rule then has nothing to
 * say of it.
 */
type Rule = (config: Partial<StackConfig>, context: Context) => Problem[];

interface Context {
  /** Name of the stack. */
  stack: string;
  /** Keys that the stack file states, as others have their defaults by now. */
  stated: readonly string[];
  /** Repository that holds the model YAMLs. */
  root: string;
}

/** Every impossible combination, one rule each. */
export const rules: Rule[] = [
  ({ protect }, { stack }) =>
    when(
      stack === "prod" && protect === false,
      "protect",
      "must be true in prod: data would go with a 'destroy'",
    ),

  ({ registry, cluster }) =>
    when(
      registry === undefined && cluster === "remote",
      "registry",
      "is missing, and a remote cluster pulls images from one: set host and prefix, or 'cluster: local' for a sandbox",
    ),

  ({ registry }) =>
    when(
      (registry?.username === undefined) !== (registry?.password === undefined),
      "registry",
      "needs username and password together, or neither for a registry that asks for none",
    ),

  ({ registry, build }) =>
    when(
      registry === undefined && build?.promote === true,
      "build.promote",
      "needs 'registry', from which the images of the other stack come: set host and prefix",
    ),

  ({ namespace }, { stack }) =>
    when(
      namespace !== undefined && stack === "sandbox",
      "namespace",
      "cannot be another's: 'npm run sandbox' makes and removes it. Remove the key, or deploy another stack there",
    ),

  ({ namespace }, { stated }) =>
    when(
      namespace !== undefined && stated.includes("quota"),
      "quota",
      "is for its owner to set in a namespace that exists: remove it, or 'namespace'",
    ),

  ({ namespace, argocd }) =>
    when(
      namespace !== undefined && argocd?.install === true,
      "argocd.install",
      "makes a namespace and rights in the whole cluster, which 'namespace' is to do without: set it to false where Argo CD runs already, or use 'delivery: pulumi'",
    ),

  ({ models = [] }) =>
    models.flatMap(({ replicas: { min, max } }, index) =>
      when(
        min > max,
        `models.${index}.replicas.min`,
        `(${min}) exceeds max (${max}): lower it, or raise max`,
      ),
    ),

  ({ models = [] }, { root }) => modelFiles(root, models).problems,

  ({ models = [] }, { root }) => {
    const names = modelFiles(root, models).files.map((file) => file?.name);
    return names.flatMap((name, index) =>
      when(
        name !== undefined && names.indexOf(name) !== index,
        `models.${index}.file`,
        `names the model '${String(name)}' a second time: remove it, or give its YAML another name`,
      ),
    );
  },

  ({ models = [], endpoint }) =>
    when(
      endpoint?.kind === "nodePort" && models.length > MODELS_ON_NODE_PORTS,
      "endpoint.kind",
      `nodePort has ports for ${MODELS_ON_NODE_PORTS} models, not for ${models.length}: choose ingress or gateway`,
    ),

  ({ endpoint }) =>
    when(
      endpoint?.host === undefined &&
        ["ingress", "gateway", "openshiftRoute"].includes(endpoint?.kind ?? ""),
      "endpoint.host",
      `is missing: '${String(endpoint?.kind)}' routes by host name`,
    ),

  ({ endpoint }) =>
    when(
      endpoint?.kind === "gateway" && endpoint.gateway === undefined,
      "endpoint.gateway",
      "is missing: name and namespace of the Gateway to attach to",
    ),

  ({ endpoint }) =>
    when(
      endpoint?.kind === "ingress" &&
        endpoint.tls !== undefined &&
        (endpoint.tls.secretName === undefined) === (endpoint.tls.clusterIssuer === undefined),
      "endpoint.tls",
      "needs either secretName or clusterIssuer",
    ),

  ({ endpoint, platform }) =>
    when(
      endpoint?.kind === "openshiftRoute" && platform === "kubernetes",
      "endpoint.kind",
      "openshiftRoute needs 'platform: openshift'",
    ),

  ({ endpoint }, { stack }) =>
    when(
      stack === "prod" && endpoint?.kind === "nodePort",
      "endpoint.kind",
      "nodePort is plain HTTP and not for prod: choose ingress, gateway or openshiftRoute with tls",
    ),

  ({ endpoint }, { stack }) =>
    when(
      stack === "prod" &&
        ["ingress", "gateway", "openshiftRoute"].includes(endpoint?.kind ?? "") &&
        endpoint?.tls === undefined,
      "endpoint.tls",
      "is missing: prod is reached over HTTPS alone",
    ),

  ({ endpoint }, { stack }) =>
    when(
      stack === "prod" &&
        endpoint?.kind === "gateway" &&
        endpoint.gateway !== undefined &&
        endpoint.gateway.section === undefined,
      "endpoint.gateway.section",
      "is missing: name the Gateway's HTTPS listener, or prod answers on its plain HTTP listener as well",
    ),

  ({ delivery, argocd }) =>
    when(
      delivery === "argocd" && argocd === undefined,
      "argocd",
      "is missing: 'delivery: argocd' needs the repository to sync from",
    ),

  ({ argocd, cluster }) =>
    when(
      cluster === "remote" && argocd?.repository.startsWith("http://") === true,
      "argocd.repository",
      "must be an https:// address: only with 'cluster: local' may a token go over plain HTTP",
    ),

  ({ delivery, argocd }) =>
    when(
      delivery === "pulumi" && argocd !== undefined,
      "argocd",
      "has no effect with 'delivery: pulumi': remove it, or set 'delivery: argocd'",
    ),
];

function when(broken: boolean, path: string, message: string): Problem[] {
  return broken ? [{ path, message }] : [];
}

function modelFiles(
  root: string,
  models: StackConfig["models"],
): {
  files: (ModelFile | undefined)[];
  problems: Problem[];
} {
  const files: (ModelFile | undefined)[] = [];
  const problems: Problem[] = [];
  for (const [index, { file }] of models.entries()) {
    try {
      files.push(readModel(root, file));
    } catch (error) {
      files.push(undefined);
      problems.push({
        path: `models.${index}.file`,
        message: error instanceof Error ? error.message : String(error),
      });
    }
  }
  return { files, problems };
}
