import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { fixedName, holdsData } from "./lib/options.ts";
import type { PlatformNamespace } from "./platform-namespace.ts";

export interface CredentialsArgs {
  /** Where the Secret lives. */
  namespace: PlatformNamespace;
  /** Workload that accepts these credentials, e.g. `postgres`. */
  of: string;
  /** User name. */
  username: string;
  /** Keep a generated password as long as the data behind it, with `protect`. @default true */
  keep?: boolean;
  /** Password that someone else chose. @default 32 random letters and digits */
  password?: pulumi.Input<string> | undefined;
}

/** A user name and a password, as a Secret with the keys `username` and `password`. */
export class Credentials extends pulumi.ComponentResource {
  /** Name of the Secret. */
  readonly secret: pulumi.Output<string>;
  readonly username: string;
  readonly password: pulumi.Output<string>;
  /** For the template of pods that read them only at their start: others start other pods. */
  readonly checksum: Record<string, pulumi.Output<string>>;

  constructor(name: string, args: CredentialsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:platform:Credentials", name, {}, opts);
    const { namespace, of, username, password, keep = true } = args;

    this.username = username;
    // Letters and digits alone: the password also appears inside URIs and INI files.
    this.password = pulumi.secret(
      password ??
        new random.RandomPassword(
          name,
          { length: 32, special: false },
          holdsData(this, keep && namespace.protects(`${of}-data`)),
        ).result,
    );
    this.checksum = {
      [`checksum/${name}`]: namespace.hashOf(pulumi.interpolate`${username}\0${this.password}`),
    };
    const secret = new k8s.core.v1.Secret(
      name,
      {
        metadata: { ...namespace.metadata(of, "credentials"), name },
        stringData: { username, password: this.password },
      },
      fixedName(this),
    );
    this.secret = secret.metadata.name;
    this.registerOutputs({ secret: this.secret });
  }

  /** A volume that holds each key as a file. */
  volume(name: string): k8s.types.input.core.v1.Volume {
    return { name, secret: { secretName: this.secret } };
  }
}

/** A volume that holds the passwords alone, one file per user. */
export function passwords(name: string, users: Credentials[]): k8s.types.input.core.v1.Volume {
  const sources = users.map(({ secret, username }) => ({
    secret: { name: secret, items: [{ key: "password", path: username }] },
  }));
  return { name, projected: { sources } };
}
