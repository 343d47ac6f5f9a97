import type * as pulumi from "@pulumi/pulumi";
import { Backup } from "./backup.ts";
import type { StackConfig } from "./config/schema.ts";
import { Endpoint, externalUrl } from "./endpoint.ts";
import { atTheDoor } from "./grafana-login.ts";
import { guarded } from "./guarded.ts";
import type { ModelSigning } from "./model-signing.ts";
import { MLFLOW_HEALTH } from "./mlflow.ts";
import { Monitoring, type MonitoringArgs } from "./monitoring.ts";
import type { ObjectStore } from "./object-store.ts";
import { PING, type PeopleLogin } from "./people-login.ts";
import type { PlatformImages } from "./platform-images.ts";
import type { PlatformNamespace } from "./platform-namespace.ts";
import type { Postgres } from "./postgres.ts";
import type { ApiReference } from "./prediction-api.ts";
import { SleepSchedule, scheduleReference } from "./sleep-schedule.ts";
import { PAGE_HEALTH } from "./web-ui.ts";
import { SLEEP_SCHEDULE } from "./well-known.ts";

// What a stack has around tracking, training and serving, so that it can be left alone: monitoring, backups, hours of sleep.

/** What every part is made of. */
export interface Base {
  config: StackConfig;
  namespace: PlatformNamespace;
  images: PlatformImages;
  child: { parent: pulumi.Resource };
}

/** The same, and what signs and is asked for. */
export interface SignedBase extends Base {
  signing: ModelSigning;
}

/** Where data are. */
interface Stores {
  database: Postgres;
  objectStore: ObjectStore;
}

type ServedModels = readonly { name: string; api: ApiReference }[];

/** The same, with what is kept of their predictions and what they answer in batches. */
type JudgedModels = readonly (ServedModels[number] &
  Pick<StackConfig["models"][number], "capture" | "batch">)[];

/** Backups of what MLflow knows, where a stack wants them. */
export function backUp(
  { config, namespace, images, child, signing }: SignedBase,
  { database, objectStore }: Stores,
  models: ServedModels,
  { pushgateway }: Monitoring,
): void {
  if (config.backup === undefined) return;
  const apis = Object.fromEntries(models.map(({ name, api }) => [name, api]));
  const { mlflow, serving } = images;
  const stores = { namespace, database, objectStore, settings: config.backup };
  new Backup(
    "backup",
    { ...stores, images: config.images, mlflow, serving, signing, apis, pushgateway },
    child,
  );
}

/** Hours in which all this sleeps, where a stack has some. */
export function rest({ config, namespace, images, child }: Base, models: ServedModels): void {
  const { sleep: settings, endpoint } = config;
  if (settings === undefined) return;
  const apis = models.map(({ api }) => api);
  const common = { namespace: namespace.environment, image: images.ui, endpoint, apis };
  new SleepSchedule(SLEEP_SCHEDULE, { ...common, settings }, child);
}

/**
 * Metrics, alerts and dashboards of the APIs, the hosts, the database and the store.
 *
 * @returns Grafana's address for people as well, where they log in to it.
 */
export function watch(
  base: Base,
  { database, objectStore, login }: Stores & { login: PeopleLogin | undefined },
  models: JudgedModels,
): { monitoring: Monitoring; url?: string } {
  const { config, namespace, child } = base;
  const apis = models.map(({ api }) => api);
  const live = models.map(({ name: model, capture, batch }) => ({ model, capture, batch }));
  const { monitoring: settings, images, backup: backups } = config;
  const schedule = config.sleep && scheduleReference(namespace);
  const stores = { database, objectStore };
  const endpoint = hosts(base, models);
  const watched = {
    namespace,
    settings,
    images,
    apis,
    live,
    backups,
    schedule,
    endpoint,
    ...stores,
  };
  if (login?.settings.jwksUri === undefined) {
    return { monitoring: new Monitoring("monitoring", watched, child) };
  }
  const address = { namespace, settings: config.endpoint, subdomain: "grafana" };
  const people = { login, url: externalUrl(address) };
  const monitoring = new Monitoring("monitoring", { ...watched, people }, child);
  if (monitoring.grafana === undefined) return { monitoring };
  const service = guarded(login, monitoring.grafana, address, atTheDoor(login));
  const { url } = new Endpoint("grafana-endpoint", { ...address, service }, child);
  return { monitoring, url };
}

/** The hosts that callers know, where the stack says where they lead; before MLflow and the page a login answers, where there is one. */
function hosts({ config, namespace }: Base, models: ServedModels): MonitoringArgs["endpoint"] {
  const { endpoint: settings, login } = config;
  if (settings.addresses === undefined) return undefined;
  const servers = [
    { health: login ? PING : PAGE_HEALTH },
    { health: login ? PING : MLFLOW_HEALTH, subdomain: "mlflow" },
    ...(login?.jwksUri === undefined ? [] : [{ health: PING, subdomain: "grafana" }]),
    ...models.map(({ name, api }) => ({ health: api.service.health, subdomain: name })),
  ];
  const urls = servers.map(
    ({ health, ...host }) => externalUrl({ namespace, settings, ...host }) + health,
  );
  return { settings, urls };
}
