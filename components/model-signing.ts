import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { StackArgs } from "./config/schema.ts";
import { settledPart } from "./config/settled.ts";
import { type Environment, type Namespace, environmentOf } from "./environment.ts";
import { contentHash } from "./lib/hash.ts";
import { publicKeyOf } from "./lib/model-keys.ts";
import { fixedName, generatedValue } from "./lib/options.ts";
import { type ReadAtStart, type Variable, fromSecret, readOnly } from "./lib/pod.ts";

const COMPONENT = "signing";
const MOUNT = readOnly("signing", "/run/secrets/signing");
const PUBLIC = "MODEL_PUBLIC_KEYS";

export interface ModelSigningArgs {
  /** Where the keys live. */
  namespace: Namespace;
  /** Which keys there are, which are trusted, and whether what carries no signature is signed. @default one key, none else, no */
  settings?: NonNullable<StackArgs["signing"]>;
}

/** What signs, as a training needs it. */
export interface SigningKey extends ReadAtStart {
  variables: Record<string, Variable>;
  volume: k8s.types.input.core.v1.Volume;
  volumeMount: ReturnType<typeof readOnly>;
}

/** The public keys of which one must have signed a version, as a prediction API needs them. */
export interface ModelKeys extends ReadAtStart {
  variables: Record<string, Variable>;
}

/**
 * The keys by which training signs each version of a model, and prediction APIs know that it did. The private key is in a Secret
 * that trainings alone mount; an API that holds the public ones cannot sign.
 */
export class ModelSigning extends pulumi.ComponentResource {
  /** For a `TrainingJob`. */
  readonly key: SigningKey;
  /** For a `PredictionApi`, and for a drill. */
  readonly publicKeys: ModelKeys;
  /** The public keys themselves, base64; the one that signs comes first. */
  readonly list: pulumi.Output<string[]>;

  constructor(name: string, args: ModelSigningArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:training:ModelSigning", name, {}, opts);
    const { keys, trusted, unsigned } = settledPart("signing", args.settings ?? {}, this);
    const namespace = environmentOf(args.namespace, name, this);
    const texts = this.#texts(name, namespace, Math.max(...keys));
    const used = [...keys].reverse().map((number) => texts[number - 1] ?? "");
    this.list = pulumi.unsecret(
      pulumi.all(used).apply((all) => [...new Set([...all.map(publicKeyOf), ...trusted])]),
    );

    const secret = (of: string, stringData: Record<string, pulumi.Input<string>>) => {
      const metadata = { ...namespace.metadata(name, COMPONENT), name: of };
      return new k8s.core.v1.Secret(of, { metadata, stringData }, fixedName(this)).metadata.name;
    };
    const [text = ""] = used;
    // Beside the key, and not in the Job: so it can be seen that it is for this alone that a Job is another one.
    const secretName = secret(name, { key: text, unsigned: unsigned === "sign" ? "1" : "" });
    const joined = this.list.apply((all) => all.join(" "));
    const variable = fromSecret(secret(`${name}-public`, { keys: pulumi.secret(joined) }), "keys");
    this.publicKeys = {
      variables: { [PUBLIC]: variable },
      checksum: { [`checksum/${name}-public`]: joined.apply((all) => contentHash(all)) },
    };
    this.key = {
      variables: {
        SLIPWAY_SIGNING_KEY_FILE: `${MOUNT.mountPath}/key`,
        SLIPWAY_SIGN_UNSIGNED: fromSecret(secretName, "unsigned"),
        [PUBLIC]: variable,
      },
      volume: {
        name: MOUNT.name,
        secret: { secretName, items: [{ key: "key", path: "key" }] },
      },
      volumeMount: MOUNT,
      checksum: { [`checksum/${name}`]: joined.apply((all) => contentHash(all, unsigned)) },
    };
    this.registerOutputs({ list: this.list });
  }

  /** What each pair is made of. One that is no longer trusted stays, as what is protected could not go. */
  #texts(name: string, namespace: Environment, count: number): pulumi.Output<string>[] {
    const options = generatedValue(this, namespace.protects(name));
    return Array.from({ length: count }, (_, index) => {
      const args = { length: 43, special: false };
      return new random.RandomPassword(`${name}-${index + 1}`, args, options).result;
    });
  }
}
