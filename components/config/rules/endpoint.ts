import { isIPv4 } from "node:net";
import { LABEL_LENGTH, NAME_LENGTH } from "../../lib/object-names.ts";
import type { StackConfig } from "../schema.ts";
import { type Context, type Rule, rule, when } from "./rule.ts";

/** The endpoint. */
export const endpointRules: Rule[] = [
  rule(["endpoint"], ({ endpoint }) =>
    when(
      endpoint.host === undefined && routesByHost(endpoint),
      "endpoint.host",
      `is missing: '${endpoint.kind}' routes by host name`,
    ),
  ),

  rule(["endpoint", "login"], ({ endpoint, login }) =>
    when(
      login !== undefined && endpoint.kind === "none",
      "login",
      "needs an address that the provider sends people back to: set 'endpoint.kind' and 'endpoint.host', or remove 'login'",
    ),
  ),

  rule(["endpoint", "login", "monitoring"], ({ endpoint, login, monitoring }) =>
    when(
      login?.jwksUri !== undefined &&
        !(routesByHost(endpoint) && monitoring.kind === "bundled" && monitoring.grafana),
      "login.jwksUri",
      "leads people to our own Grafana by a host of its own, and there is none: set 'endpoint.kind' to ingress, gateway or openshiftRoute " +
        "and have 'monitoring' run Grafana, or remove the key",
    ),
  ),

  rule(["auth", "login"], ({ auth, login }) =>
    when(
      auth !== undefined &&
        login !== undefined &&
        (auth.issuer !== login.issuer || auth.audience !== login.clientId),
      "auth",
      "takes other tokens than those of 'login', which the page sends to the APIs: set 'auth.issuer' to the login's issuer and " +
        "'auth.audience' to its clientId",
    ),
  ),

  rule(["endpoint"], ({ endpoint: { kind, host = "" } }) =>
    when(
      isIPv4(host) && routesByHost({ kind }),
      "endpoint.host",
      `(${host}) is an IP address, and '${kind}' tells requests apart by their host name: name a host such as slipway.example.com`,
    ),
  ),

  rule(["endpoint", "namespace", "login"], ({ endpoint, namespace, login }, context) => {
    const { host } = endpoint;
    if (host === undefined || !routesByHost(endpoint)) return [];
    const longest =
      subdomains(endpoint, namespace, ownHosts(login), context)
        .sort((a, b) => b.length - a.length)
        .at(0) ?? "";
    const whole = `${longest}.${host}`;
    return [
      ...when(
        longest.length > LABEL_LENGTH,
        "endpoint.kind",
        `openshiftRoute makes the host ${whole}, whose first part has ${longest.length} characters of ${LABEL_LENGTH} that DNS takes: ` +
          "shorten the name of the model, or of the namespace",
      ),
      ...when(
        whole.length > NAME_LENGTH,
        "endpoint.host",
        `leaves no room for the hosts below it: ${longest}.… would have ${whole.length} characters of ${NAME_LENGTH} that DNS takes; shorten it`,
      ),
    ];
  }),

  rule(["endpoint", "login"], ({ endpoint, login }, { models }) => {
    const taken = [...ownHosts(login), ...(endpoint.kind === "openshiftRoute" ? ["ui"] : [])];
    return models.flatMap(({ index, file }) =>
      when(
        file !== undefined && taken.includes(file.name) && routesByHost(endpoint),
        `models.${index}.file`,
        `names the model '${file?.name ?? ""}', whose host would be that of the platform's own server: give its YAML another name`,
      ),
    );
  }),

  rule(["endpoint"], ({ endpoint }) =>
    when(
      endpoint.kind === "gateway" && endpoint.gateway === undefined,
      "endpoint.gateway",
      "is missing: name and namespace of the Gateway to attach to",
    ),
  ),

  rule(["endpoint"], ({ endpoint }) => [
    ...when(
      endpoint.addresses !== undefined && !(endpoint.tls && routesByHost(endpoint)),
      "endpoint.addresses",
      "is for hosts with TLS, whose certificates are watched: set 'tls', and a kind that routes by host, or remove the key",
    ),
    ...when(
      endpoint.addresses === undefined && endpoint.tls?.ca !== undefined,
      "endpoint.tls.ca",
      "is for monitoring, which asks the hosts where 'endpoint.addresses' says where they lead: add that, or remove the key",
    ),
  ]),

  rule(["endpoint"], ({ endpoint: { kind, tls } }) =>
    when(
      kind === "ingress" &&
        tls !== undefined &&
        (tls.secretName === undefined) === (tls.clusterIssuer === undefined),
      "endpoint.tls",
      "needs either secretName or clusterIssuer",
    ),
  ),

  rule(["endpoint", "platform"], ({ endpoint, platform }) =>
    when(
      endpoint.kind === "openshiftRoute" && platform === "kubernetes",
      "endpoint.kind",
      "openshiftRoute needs 'platform: openshift'",
    ),
  ),

  rule(["endpoint"], ({ endpoint }, { stack }) =>
    when(
      stack === "prod" && endpoint.kind === "nodePort",
      "endpoint.kind",
      "nodePort is plain HTTP and not for prod: choose ingress, gateway or openshiftRoute with tls",
    ),
  ),

  rule(["endpoint"], ({ endpoint }, { stack }) =>
    when(
      stack === "prod" && routesByHost(endpoint) && endpoint.tls === undefined,
      "endpoint.tls",
      "is missing: prod is reached over HTTPS alone",
    ),
  ),

  rule(["endpoint"], ({ endpoint: { kind, gateway } }, { stack }) =>
    when(
      stack === "prod" &&
        kind === "gateway" &&
        gateway !== undefined &&
        gateway.section === undefined,
      "endpoint.gateway.section",
      "is missing: name the Gateway's HTTPS listener, or prod answers on its plain HTTP listener as well",
    ),
  ),
];

type Endpoint = StackConfig["endpoint"];

function routesByHost({ kind }: Pick<Endpoint, "kind">): boolean {
  return ["ingress", "gateway", "openshiftRoute"].includes(kind);
}

/** First parts of the hosts of the platform's own servers. */
function ownHosts(login: StackConfig["login"]): string[] {
  return ["mlflow", ...(login?.jwksUri === undefined ? [] : ["grafana"])];
}

/** First parts of the hosts below the platform's own, as the component `Endpoint` makes them. */
function subdomains(
  { kind }: Endpoint,
  namespace: string | undefined,
  own: readonly string[],
  { models, project, stack }: Context,
): string[] {
  const names = [...own, ...models.flatMap(({ file }) => file?.name ?? [])];
  if (kind !== "openshiftRoute") return names;
  return names.map((name) => `${name}-${namespace ?? `${project}-${stack}`}`);
}
