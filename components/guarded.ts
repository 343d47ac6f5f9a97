import type * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "./config/schema.ts";
import { type ExposedService, externalHost } from "./endpoint.ts";
import type { Grafana } from "./grafana.ts";
import type { Mlflow } from "./mlflow.ts";
import { type Guarded, PeopleLogin } from "./people-login.ts";
import type { PlatformNamespace } from "./platform-namespace.ts";
import { scheduleReference } from "./sleep-schedule.ts";
import type { WebUi } from "./web-ui.ts";

// Where people log in, and what an endpoint leads to then.

/** Where a login is made, and what of. */
interface Place {
  config: StackConfig;
  namespace: PlatformNamespace;
  child: { parent: pulumi.Resource };
}

/** Where people log in, where a stack names their provider. */
export function loginOf({ config, namespace, child }: Place): PeopleLogin | undefined {
  const { login: settings, images, sleep } = config;
  if (settings === undefined) return undefined;
  const standIn = sleep && scheduleReference(namespace).access;
  const args = { namespace, settings, image: images.oauth2Proxy, standIn };
  return new PeopleLogin("login", args, child);
}

/**
 * What an endpoint leads to: a server, or the login before it.
 *
 * @param door what that sees to, beside letting in whom the provider knows.
 */
export function guarded(
  login: PeopleLogin | undefined,
  server: Mlflow | WebUi | Grafana,
  address: Parameters<typeof externalHost>[0],
  door: Pick<Guarded, "groups" | "programs"> = {},
): ExposedService {
  if (login === undefined) return server.service;
  const { service, access, url } = server;
  const https = address.settings.tls !== undefined;
  return login.before({ service, access, url, host: externalHost(address), https, ...door });
}
