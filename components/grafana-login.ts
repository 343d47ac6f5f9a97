import * as pulumi from "@pulumi/pulumi";
import type { Guarded, PeopleLogin } from "./people-login.ts";

/** How people come to Grafana, beside a port-forward. */
export interface GrafanaLogin {
  /** Where they log in; its settings say where the provider's keys are. */
  login: PeopleLogin;
  /** Address under which they reach Grafana, e.g. `https://grafana.ml.example.com`. */
  url: string;
}

/**
 * Variables by which Grafana itself judges the ID token that the proxy before it sends along, and takes a role from its groups
 * (`[auth.jwt]`, grafana.com/docs/grafana/latest/setup-grafana/configure-access/configure-authentication/jwt). The expressions are JMESPath's.
 *
 * @param owner named by the error.
 * @throws ResourceError where nobody says where the provider's keys are.
 */
export function tokenVariables({ login, url }: GrafanaLogin, owner: pulumi.Resource) {
  const { issuer, clientId, jwksUri, nameClaim } = login.settings;
  if (jwksUri === undefined) {
    const reason =
      "'people.login' has no 'jwksUri', and Grafana looks none up: set it, or leave 'people' out";
    throw new pulumi.ResourceError(reason, owner, true);
  }
  return {
    GF_SERVER_ROOT_URL: `${url}/`,
    GF_AUTH_SIGNOUT_REDIRECT_URL: `${url}/oauth2/sign_out`,
    GF_AUTH_JWT_ENABLED: "true",
    GF_AUTH_JWT_HEADER_NAME: "Authorization",
    GF_AUTH_JWT_JWK_SET_URL: jwksUri,
    // A key that is not among those that it has is taken when they are asked for again.
    GF_AUTH_JWT_CACHE_TTL: "5m",
    GF_AUTH_JWT_EXPECT_CLAIMS: quoted({ iss: issuer, aud: clientId }),
    // Whoever is called `admin` at the provider would else become the administrator whose password is generated.
    GF_AUTH_JWT_USERNAME_ATTRIBUTE_PATH: `join(':', ['person', ${quoted(nameClaim)}])`,
    GF_AUTH_JWT_AUTO_SIGN_UP: "true",
    GF_AUTH_JWT_ROLE_ATTRIBUTE_PATH: roleOf(login.settings),
    GF_AUTH_JWT_ROLE_ATTRIBUTE_STRICT: "true",
    // Each request with a token writes to its SQLite, and a page makes many at once.
    GF_DATABASE_WAL: "true",
  };
}

/** What the proxy before Grafana sees to: who has no role would be shown Grafana's own login page, and is told 403 instead. */
export function atTheDoor({ settings }: PeopleLogin): Pick<Guarded, "groups" | "programs"> {
  const { admins, trainers = [], readers } = settings;
  const groups = readers && [...new Set([...admins, ...trainers, ...readers])];
  return { groups, programs: ["^/apis/"] };
}

/** The best role of a person's groups: Grafana asks for Editor to let somebody explore the metrics, which trainers do. */
function roleOf({ groupsClaim, admins, trainers, readers }: PeopleLogin["settings"]): string {
  // A claim may hold one group as a text, in which `contains` alone would find a part of it.
  const has = (group: string) => `contains(to_array(${quoted(groupsClaim)}), \`${quoted(group)}\`)`;
  const role = (name: string, groups: string[]) =>
    groups.length === 0 ? [] : [`(${groups.map(has).join(" || ")}) && '${name}'`];
  return [
    ...role("Admin", admins),
    ...role("Editor", trainers ?? []),
    ...(readers ? role("Viewer", readers) : ["'Viewer'"]),
  ].join(" || ");
}

/** JSON in which neither JMESPath nor Grafana's, its INI parser's or Kubernetes' expansion of variables finds anything: by RFC 8259, 7 the same value. */
function quoted(value: unknown): string {
  return JSON.stringify(value).replace(
    /[`$%]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
