import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { type Namespace, environmentOf } from "./environment.ts";
import { type Stored, isStored } from "./config/values.ts";
import { fixedName, generatedValue } from "./lib/options.ts";
import { fingerprintOf, partlyStored } from "./partly-stored.ts";
import { type ReadAtStart, type Variable, fromSecret } from "./lib/pod.ts";

export interface CredentialsArgs {
  /** Where the Secret lives. */
  namespace: Namespace;
  /** Workload that accepts these credentials, e.g. `postgres`. */
  of: string;
  /** User name. */
  username: pulumi.Input<string>;
  /** Keep a generated password as long as the data behind it, with `protect`. @default true */
  keep?: boolean;
  /** Password that someone else chose, or where a store has it. @default 32 random letters and digits */
  password?: pulumi.Input<string> | Stored | undefined;
  /** Certificates in PEM by which clients know the server; they lie beside the password. @default none */
  authority?: pulumi.Input<string> | undefined;
  /** Keep a generated password beside one that is given, for the data that it was made for. @default false */
  spare?: boolean;
}

/** Key of the certificates, beside `username` and `password`. */
export const AUTHORITY = "ca.crt";

/** A Secret with the keys `username` and `password`, as its clients see it. */
export interface Login extends ReadAtStart {
  /** Name of the Secret. */
  readonly secret: pulumi.Input<string>;
  /** The user name, for an environment variable. */
  readonly username: Variable;
}

/** The login in a Secret that somebody else made. Pods do not restart where it changes: nobody here knows. */
export function loginIn(secret: pulumi.Input<string>): Login {
  return { secret, username: fromSecret(secret, "username"), checksum: {} };
}

/** A volume that holds each key of a login as a file. */
export function loginVolume(name: string, { secret }: Login): k8s.types.input.core.v1.Volume {
  return { name, secret: { secretName: secret } };
}

/** A user name and a password, as a Secret with the keys `username` and `password`. */
export class Credentials extends pulumi.ComponentResource implements Login {
  /** Name of the Secret. */
  readonly secret: pulumi.Output<string>;
  readonly username: pulumi.Input<string>;
  /** For the template of pods that read them only at their start: others start other pods. */
  readonly checksum: Record<string, pulumi.Output<string>>;

  constructor(name: string, args: CredentialsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:platform:Credentials", name, {}, opts);
    const { of, username, password, authority, keep = true, spare = false } = args;
    const namespace = environmentOf(args.namespace, name, this);

    this.username = username;
    const kept = ["data", "cluster", "seaweedfs-data"].every((held) =>
      namespace.protects(`${of}-${held}`),
    );
    const generated = () =>
      new random.RandomPassword(
        name,
        // Letters and digits alone: the password also appears inside URIs and INI files.
        { length: 32, special: false },
        generatedValue(this, keep && kept),
      ).result;
    if (spare && password !== undefined) generated();
    const given = password ?? generated();
    const values = {
      username,
      password: isStored(given) ? given : pulumi.secret(given),
      ...(authority === undefined ? {} : { [AUTHORITY]: authority }),
    };
    this.checksum = { [`checksum/${name}`]: fingerprintOf(namespace, Object.values(values)) };
    const metadata = { ...namespace.metadata(of, "credentials"), name };
    this.secret = partlyStored(name, { metadata, values }, fixedName(this));
    this.registerOutputs({ secret: this.secret });
  }
}

/** A volume that holds the passwords alone, one file per user. */
export function passwords(name: string, users: Credentials[]): k8s.types.input.core.v1.Volume {
  const sources = users.map(({ secret, username }) => ({
    secret: { name: secret, items: [{ key: "password", path: username }] },
  }));
  return { name, projected: { sources } };
}
