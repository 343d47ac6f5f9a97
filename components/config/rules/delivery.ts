import { type Rule, rule, when } from "./rule.ts";

/** Who applies the serving objects, and from where. */
export const deliveryRules: Rule[] = [
  rule(["namespace", "argocd"], ({ namespace, argocd }) =>
    when(
      namespace !== undefined && argocd?.install === true,
      "argocd.install",
      "makes a namespace and rights in the whole cluster, which 'namespace' is to do without: set it to false where Argo CD runs already, or use 'delivery: pulumi'",
    ),
  ),

  rule(["delivery"], ({ delivery }, { clone }) =>
    when(
      !clone && delivery === "argocd",
      "delivery",
      "argocd needs a clone, whose 'npm run gitops' writes what Argo CD follows: set 'delivery: pulumi', or give 'checkout'",
    ),
  ),

  rule(["delivery", "argocd"], ({ delivery, argocd }) =>
    when(
      delivery === "argocd" && argocd === undefined,
      "argocd",
      "is missing: 'delivery: argocd' needs the repository to sync from",
    ),
  ),

  rule(["argocd", "cluster"], ({ argocd, cluster }) =>
    when(
      cluster === "remote" && argocd?.repository.startsWith("http://") === true,
      "argocd.repository",
      "must be an https:// address: only with 'cluster: local' may a token go over plain HTTP",
    ),
  ),

  rule(["delivery", "argocd"], ({ delivery, argocd }) =>
    when(
      delivery === "pulumi" && argocd !== undefined,
      "argocd",
      "has no effect with 'delivery: pulumi': remove it, or set 'delivery: argocd'",
    ),
  ),
];
