import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { dockerConfig } from "./lib/registry-login.ts";

/** Where images are pushed, and with which account. */
export interface Registry {
  /** Host, e.g. `quay.io`. */
  host: string;
  /** Repository prefix, e.g. `my-team/slipway`. */
  prefix: string;
  username?: string | undefined;
  password?: pulumi.Input<string> | undefined;
}

/**
 * Digest that a registry has under a tag; in a preview undefined where it has none yet.
 *
 * @throws when `up` asks for a tag that the registry does not have, or may not be read.
 */
export function pushedDigest(
  tagged: string,
  options: pulumi.InvokeOptions,
): pulumi.Output<string | undefined> {
  const found = docker.getRegistryImage({ name: tagged }, options).then(
    ({ sha256Digest }) => sha256Digest as string | undefined,
    (cause: unknown) => {
      const reason = cause instanceof Error ? cause.message : String(cause);
      const message =
        `'build.promote' builds nothing, and ${tagged} was not found (${reason}): deploy the stack that builds it from ` +
        "this commit first, e.g. `npm run deploy -- --stack staging`, or set 'build.promote: false' to build it here";
      if (!pulumi.runtime.isDryRun()) throw new Error(message, { cause });
      void pulumi.log.warn(message);
      return undefined;
    },
  );
  return pulumi.output(found);
}

/** Reads a registry with its account, else with the login of `docker login`. */
export function registryReader(
  { host, username, password }: Registry,
  parent: pulumi.Resource,
): docker.Provider {
  const login =
    username === undefined || password === undefined
      ? {}
      : { username, password: pulumi.secret(password) };
  const address = `https://${host}`;
  return new docker.Provider("registry", { registryAuth: [{ address, ...login }] }, { parent });
}

/** Docker's `config.json` with the registry's account, for `$LOGIN` of a script; empty for the login of `docker login`. */
export function loginOf(registry: Registry | undefined): pulumi.Input<string> {
  const { host, username, password } = registry ?? {};
  if (host === undefined || username === undefined || password === undefined) return "";
  return pulumi
    .secret(password)
    .apply((text) => dockerConfig(host, Buffer.from(`${username}:${text}`).toString("base64")));
}

/** An account as `RegistryImage` takes it; nothing for a registry that asks for none. */
export function authConfig({ host, username, password }: Registry) {
  if (username === undefined || password === undefined) return {};
  return {
    authConfig: { address: `https://${host}`, username, password: pulumi.secret(password) },
  };
}
