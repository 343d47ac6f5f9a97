import { AUTHORITY } from "../../../components/credentials.ts";
import { labelPairs, labels, selector } from "../../../components/lib/labels.ts";
import type { Environment } from "../../lib/stack/environment.ts";
import { type Connection, connect, type Place, type Subject } from "./places.ts";

/** Label of the Secrets in here. */
const NAME = "moved-from";

/**
 * Keeps the account of the old place until the next deployment: where the new one is ours, its server takes over the
 * Secret, and a move that was interrupted could not read the old place again.
 */
export async function saveSource(
  { kubectl, namespace, instance }: Environment,
  subject: Subject,
  { address, username, password, authority }: Connection,
): Promise<void> {
  const metadata = {
    name: nameOf(instance, subject),
    namespace,
    labels: labels(selector(NAME, instance), "move"),
    annotations: { "slipway/address": address },
  };
  const secret = {
    apiVersion: "v1",
    kind: "Secret",
    metadata,
    stringData: { username, password, [AUTHORITY]: authority },
  };
  const apply = ["apply", "--server-side", "--force-conflicts", "--field-manager=slipway-move"];
  await kubectl([...apply, "-f", "-"], { input: JSON.stringify(secret) });
}

/** What {@link saveSource} kept of this very place. */
export async function savedSource(
  environment: Environment,
  subject: Subject,
  place: Place,
): Promise<Connection | undefined> {
  const { kubectl, namespace, instance } = environment;
  const secret = nameOf(instance, subject);
  const path = "jsonpath={.metadata.annotations.slipway/address}";
  const get = ["-n", namespace, "get", "secret", secret, "--ignore-not-found", "-o", path];
  if ((await kubectl(get)).stdout !== place.address) return undefined;
  return { ...(await connect(environment, { ...place, secret })), secret: place.secret };
}

/** Removes them all. */
export async function forgetSources({ kubectl, namespace, instance }: Environment): Promise<void> {
  const own = labelPairs(selector(NAME, instance));
  await kubectl(["-n", namespace, "delete", "secret", "-l", own.join(","), "--ignore-not-found"]);
}

function nameOf(instance: string, subject: Subject): string {
  return `${instance}-${NAME}-${subject}`;
}
