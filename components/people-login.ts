import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { defaults } from "./config/defaults.ts";
import type { StackArgs, StackConfig } from "./config/schema.ts";
import { settledPart } from "./config/settled.ts";
import type { ExposedService } from "./endpoint.ts";
import { type Environment, type Namespace, environmentOf } from "./environment.ts";
import type { Access } from "./lib/network.ts";
import { fixedName, generatedValue } from "./lib/options.ts";
import { type ReadAtStart, environment, readOnly, upOrDown } from "./lib/pod.ts";
import { accessOutside, serverOf } from "./outside.ts";
import { fingerprintOf, partlyStored } from "./partly-stored.ts";
import { FIXED_RESOURCES, LOGIN, PORTS } from "./well-known.ts";
import { Workload } from "./workload.ts";

const UID = 65532;
/** Answers 200 without a login. */
export const PING = "/ping";
const FILES = readOnly("login", "/run/secrets/login");

type Settings = NonNullable<StackConfig["login"]>;

export interface PeopleLoginArgs {
  /** Where people log in. */
  namespace: Namespace;
  /** Their provider, and what its groups may do. */
  settings: NonNullable<StackArgs["login"]>;
  /** oauth2-proxy, by exact version. @default that of the configuration */
  image?: string;
  /** Who answers in the place of what sleeps, where anything does. */
  standIn?: Access | undefined;
}

/** What a person is let in to. */
export interface Guarded {
  service: ExposedService;
  access: Access;
  /** Its address inside of the cluster. */
  url: pulumi.Input<string>;
  /** Host under which people reach it, and whether by HTTPS. */
  host: string;
  https: boolean;
  /** Groups of those who are let in; others get 403. @default all whom the provider lets in, as the server judges by itself */
  groups?: readonly string[] | undefined;
  /** Regular expressions of further paths that programs ask for, which are told rather than led to a page. @default none */
  programs?: readonly string[];
}

/**
 * Login of people at their own OpenID provider: an oauth2-proxy (oauth2-proxy.github.io) before each server that they come to, which
 * sends their ID token along. Sessions live in an encrypted cookie, so nothing is kept here.
 */
export class PeopleLogin extends pulumi.ComponentResource implements ReadAtStart {
  /** Access to the provider, for what judges its tokens. */
  readonly provider: Access;
  /** Access to the provider's keys, where `jwksUri` says where they are. */
  readonly keys: Access | undefined;
  readonly settings: Settings;
  readonly checksum: ReadAtStart["checksum"];
  readonly #args: { namespace: Environment; image: string; standIn: Access | undefined };
  readonly #secret: pulumi.Output<string>;

  constructor(name: string, args: PeopleLoginArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:platform:PeopleLogin", name, {}, opts);
    const { image = defaults.images.oauth2Proxy, standIn } = args;
    const namespace = environmentOf(args.namespace, name, this);
    const settings = settledPart("login", args.settings, this);
    this.#args = { namespace, image, standIn };
    this.settings = settings;
    const at = (address: string) =>
      accessOutside(serverOf(address, settings), "settings.addresses", this);
    this.provider = at(settings.issuer);
    this.keys = settings.jwksUri === undefined ? undefined : at(settings.jwksUri);
    const cookie = new random.RandomPassword(
      `${name}-cookie`,
      // AES-256 takes 32 bytes; another one has everybody log in again.
      { length: 32, special: false },
      generatedValue(this, false),
    ).result;
    const files = { "client-secret": settings.clientSecret, "cookie-secret": cookie };
    const metadata = { ...namespace.metadata(name, LOGIN), name };
    this.#secret = partlyStored(name, { metadata, values: files }, fixedName(this));
    this.checksum = { [`checksum/${name}`]: fingerprintOf(namespace, Object.values(files)) };
    this.registerOutputs({});
  }

  /** Puts a login before a server. @returns what an endpoint leads to in its place. */
  before(server: Guarded, parent: pulumi.Resource = this): ExposedService {
    const { namespace, image, standIn } = this.#args;
    const { service } = new Workload(
      `${server.service.name}-login`,
      {
        namespace,
        component: LOGIN,
        image,
        uid: UID,
        port: { number: PORTS.login },
        // People come through an endpoint.
        clients: false,
        server: this.#proxy(server),
        volumes: [{ name: FILES.name, secret: { secretName: this.#secret } }],
        reads: [this],
        reaches: [server.access, this.provider, ...(standIn ? [standIn] : [])],
      },
      parent,
    );
    // What is not for callers outside stays so behind a login.
    const { paths, docs } = server.service;
    return { ...service, health: PING, ...(paths && { paths }), ...(docs && { docs }) };
  }

  #proxy({ url, host, https, groups, programs = [] }: Guarded) {
    const { issuer, clientId, nameClaim, groupsClaim, scope } = this.settings;
    return {
      name: "login",
      // A variable would be split at the commas of a group's name.
      ...(groups && { args: groups.map((group) => `--allowed-group=${field(group)}`) }),
      env: environment({
        OAUTH2_PROXY_PROVIDER: "oidc",
        OAUTH2_PROXY_OIDC_ISSUER_URL: issuer,
        OAUTH2_PROXY_CLIENT_ID: clientId,
        OAUTH2_PROXY_CLIENT_SECRET_FILE: `${FILES.mountPath}/client-secret`,
        OAUTH2_PROXY_COOKIE_SECRET_FILE: `${FILES.mountPath}/cookie-secret`,
        OAUTH2_PROXY_SCOPE: scope,
        OAUTH2_PROXY_OIDC_EMAIL_CLAIM: nameClaim,
        OAUTH2_PROXY_OIDC_GROUPS_CLAIM: groupsClaim,
        // RFC 7636.
        OAUTH2_PROXY_CODE_CHALLENGE_METHOD: "S256",
        OAUTH2_PROXY_HTTP_ADDRESS: `0.0.0.0:${PORTS.login}`,
        OAUTH2_PROXY_REVERSE_PROXY: "true",
        OAUTH2_PROXY_REDIRECT_URL: `${https ? "https" : "http"}://${host}/oauth2/callback`,
        OAUTH2_PROXY_COOKIE_SECURE: String(https),
        OAUTH2_PROXY_COOKIE_SAMESITE: "lax",
        // Looks at the token this often, and has it made anew where the provider gives the means; else people log in again.
        OAUTH2_PROXY_COOKIE_REFRESH: "1m",
        OAUTH2_PROXY_UPSTREAMS: url,
        // Who is let in is for the server behind to say, by the groups in the token.
        OAUTH2_PROXY_EMAIL_DOMAINS: "*",
        OAUTH2_PROXY_PASS_AUTHORIZATION_HEADER: "true",
        OAUTH2_PROXY_PASS_USER_HEADERS: "false",
        OAUTH2_PROXY_PASS_BASIC_AUTH: "false",
        // Programs send a token themselves, and are told rather than led to a page.
        OAUTH2_PROXY_SKIP_JWT_BEARER_TOKENS: "true",
        OAUTH2_PROXY_API_ROUTES: ["^/api/", "^/ajax-api/", "^/graphql", ...programs].join(),
        OAUTH2_PROXY_SKIP_PROVIDER_BUTTON: "true",
        OAUTH2_PROXY_SILENCE_PING_LOGGING: "true",
      }),
      ...upOrDown(PING, { periodSeconds: 2, failureThreshold: 60 }),
      resources: FIXED_RESOURCES.login,
      volumeMounts: [FILES],
    };
  }
}

/** A field of CSV (RFC 4180), as which oauth2-proxy reads what an argument lists. */
function field(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** What MLflow takes as SLIPWAY_LOGIN (images/mlflow/bin/slipway_login.py). */
export function acceptedTokens(settings: Settings): string {
  const { issuer, clientId, nameClaim, groupsClaim, admins, trainers, readers } = settings;
  const groups = { admin: admins, trainer: trainers ?? [], ...(readers && { reader: readers }) };
  return JSON.stringify({ issuer, audience: clientId, nameClaim, groupsClaim, groups });
}
