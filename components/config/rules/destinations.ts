import { hostOf } from "../../lib/network.ts";
import { destinationProblem } from "../../lib/destinations.ts";
import { remoteSource } from "../../lib/model-file.ts";
import type { Problem } from "../schema.ts";
import { type Rule, rule, when } from "./rule.ts";

/** Where servers of others are, which a network policy must know. */
export const destinationRules: Rule[] = [
  rule(["database"], ({ database }) =>
    database.kind === "external" ? unknown("database", database.host, database) : [],
  ),

  rule(["objectStore"], ({ objectStore }) =>
    objectStore.kind === "external"
      ? unknown("objectStore", hostOf(objectStore.endpoint), objectStore)
      : [],
  ),

  rule(["backup"], ({ backup }) =>
    backup?.to.kind === "s3" ? unknown("backup.to", hostOf(backup.to.endpoint), backup.to) : [],
  ),

  rule(["auth"], ({ auth }) =>
    auth === undefined ? [] : unknown("auth", hostOf(auth.issuer), auth),
  ),

  rule(["login"], ({ login }) =>
    [login?.issuer, login?.jwksUri]
      .flatMap((url) => (login && url ? unknown("login", hostOf(url), login) : []))
      .slice(0, 1),
  ),

  rule(["monitoring"], ({ monitoring: { alerts } }) =>
    (alerts?.receivers ?? []).flatMap((receiver, index) => {
      const path = `monitoring.alerts.receivers.${index}`;
      if (receiver.kind === "email") return unknown(path, receiver.host, receiver);
      return receiver.kind === "webhook" ? unknown(path, hostOf(receiver.url), receiver) : [];
    }),
  ),

  rule(["models"], (config, { models }) =>
    models.flatMap(({ index, file }) =>
      when(
        config.models[index]?.training.addresses !== undefined &&
          file !== undefined &&
          remoteSource(file.content) === undefined,
        `models.${index}.training.addresses`,
        `has no effect: 'data.source' of ${file?.file ?? ""} is no address. Remove the key`,
      ),
    ),
  ),
];

function unknown(
  path: string,
  host: unknown,
  { addresses }: { addresses?: readonly string[] | undefined },
): Problem[] {
  const problem = destinationProblem(typeof host === "string" ? host : undefined, addresses);
  return problem === undefined ? [] : [{ path: `${path}.addresses`, message: problem }];
}
