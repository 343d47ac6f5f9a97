import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { Environment } from "./environment.ts";
import { selfSigned } from "./lib/certificate.ts";
import { contentHash } from "./lib/hash.ts";
import { fixedName, generatedValue } from "./lib/options.ts";
import { type ReadAtStart, readOnly } from "./lib/pod.ts";

const MOUNT = readOnly("certificate", "/run/secrets/certificate");

export interface ServerCertificateArgs {
  namespace: Environment;
  /** Role of the server: the label `app.kubernetes.io/component`. */
  component: string;
}

/** A certificate of a server in here, and its key. */
export interface ServerCertificate extends ReadAtStart {
  /** By which clients know it: PEM. */
  authority: pulumi.Output<string>;
  volume: k8s.types.input.core.v1.Volume;
  volumeMount: ReturnType<typeof readOnly>;
  /** Its files in the server's container. */
  files: { certificate: string; key: string };
}

/**
 * A certificate for the Service `name`, by the names that are the same in every cluster. It is made from a generated secret, `<name>-tls`: a new secret
 * is a new certificate.
 */
export function serverCertificate(
  name: string,
  { namespace, component }: ServerCertificateArgs,
  parent: pulumi.Resource,
): ServerCertificate {
  const of = `${name}-tls`;
  const args = { length: 43, special: false };
  const seed = new random.RandomPassword(of, args, generatedValue(parent)).result;
  const inNamespace = `${name}.${namespace.plainName}`;
  const made = seed.apply((text) => selfSigned(text, [name, inNamespace, `${inNamespace}.svc`]));
  // What every client gets in its greeting is no secret, and reads well in a preview.
  const authority = pulumi.unsecret(made.certificate);
  const metadata = { ...namespace.metadata(name, component), name: of };
  const secret = new k8s.core.v1.Secret(
    of,
    {
      metadata,
      type: "kubernetes.io/tls",
      stringData: { "tls.crt": authority, "tls.key": pulumi.secret(made.key) },
    },
    fixedName(parent),
  );
  return {
    authority,
    volume: {
      name: MOUNT.name,
      // Postgres takes no key that others than its own group may read.
      secret: { secretName: secret.metadata.name, defaultMode: 0o440 },
    },
    volumeMount: MOUNT,
    files: { certificate: `${MOUNT.mountPath}/tls.crt`, key: `${MOUNT.mountPath}/tls.key` },
    checksum: { [`checksum/${of}`]: authority.apply((text) => contentHash(text)) },
  };
}
