import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { keyedHash } from "./lib/hash.ts";
import { type Selector, labels, selector } from "./lib/labels.ts";
import { type EgressRule, toDns } from "./lib/network.ts";
import { generatedValue } from "./lib/options.ts";
import type { PodEnvironment } from "./lib/pod.ts";

/** What every object of an environment is called, lies in and is found by. */
export interface Metadata {
  name: string;
  namespace: pulumi.Output<string>;
  labels: Record<string, string>;
}

/** A namespace that somebody else made, for components that are used by themselves. */
export interface ExistingNamespace {
  /** Its name. */
  name: string;
  /** The namespace, where the same program makes it: what is put in it then waits for it. @default it is there */
  object?: k8s.core.v1.Namespace;
  /** The label `app.kubernetes.io/instance` of what is put in it. @default its name */
  instance?: string;
  /** Leave fixed user ids out, as OpenShift asks. @default false */
  openshift?: boolean;
  /** Names of Secrets to pull images with. @default images are free to pull */
  pullSecrets?: pulumi.Input<string>[];
  /** Keep what holds data through `destroy`. @default false */
  protect?: boolean;
}

/** Where a component puts its objects: a `PlatformNamespace`, or a namespace by name. */
export type Namespace = string | ExistingNamespace | { readonly environment: Environment };

interface EnvironmentArgs {
  /** Name of the namespace; whoever uses it waits for the namespace. */
  name: pulumi.Output<string>;
  plainName: string;
  instance: string;
  shared: boolean;
  protect: boolean;
  allowDataLoss: readonly string[];
  pods: PodEnvironment;
  egress: EgressRule[];
  /** Key of {@link Environment.hashOf}, asked for where it is needed. */
  hashKey: () => pulumi.Output<string>;
}

/** The place of a component's objects, and what they have in common. */
export class Environment {
  /** Name of the namespace, e.g. `slipway-dev`; whoever uses it waits for the namespace. */
  readonly name: pulumi.Output<string>;
  /** The same name for hashes and addresses that must be known before anything exists. */
  readonly plainName: string;
  /** Which environment, for labels: `slipway-dev`, whatever the namespace is called. */
  readonly instance: string;
  /** Whether others may have objects in the namespace. */
  readonly shared: boolean;
  /** What every pod specification in here depends on. */
  readonly pods: PodEnvironment;
  /** What every pod in here may reach beside what its workload names. */
  readonly egress: EgressRule[];
  readonly #protect: boolean;
  readonly #allowDataLoss: readonly string[];
  readonly #hashKey: () => pulumi.Output<string>;

  constructor(args: EnvironmentArgs) {
    const { name, plainName, instance, shared, pods, egress } = args;
    this.name = name;
    this.plainName = plainName;
    this.instance = instance;
    this.shared = shared;
    this.pods = pods;
    this.egress = egress;
    this.#protect = args.protect;
    this.#allowDataLoss = args.allowDataLoss;
    this.#hashKey = args.hashKey;
  }

  /** Itself, so that it is a {@link Namespace} too. */
  get environment(): this {
    return this;
  }

  /**
   * Metadata of the objects of the workload `name` in here.
   *
   * @param component its role, e.g. `database`.
   * @param version of what it runs, where there is one: an image's tag.
   */
  metadata(name: string, component: string, version?: string): Metadata {
    return {
      name,
      namespace: this.name,
      labels: labels(this.selector(name), component, version),
    };
  }

  /** Name of an object that is not addressed by its name: see {@link uniqueName}. */
  unique(object: string): string {
    return uniqueName(object, this.instance, this.shared);
  }

  /** Whether the stack lets these data go, e.g. `postgres-data`. */
  mayGo(data: string): boolean {
    return this.#allowDataLoss.includes(data);
  }

  /** Whether the engine itself keeps these data. */
  protects(data: string): boolean {
    return this.#protect && !this.mayGo(data);
  }

  /** Hex digits that change with a secret, and may be seen by all: see {@link keyedHash}. */
  hashOf(secret: pulumi.Input<string>): pulumi.Output<string> {
    const hash = pulumi.all([this.#hashKey(), secret]).apply(([key, text]) => keyedHash(key, text));
    return pulumi.unsecret(hash);
  }

  /** Labels by which the workload `name` of this environment is found. */
  selector(name: string): Selector {
    return selector(name, this.instance);
  }
}

/** Beside objects of others an object must not have a name that they may well have. */
export function uniqueName(object: string, instance: string, shared: boolean): string {
  return shared ? `${instance}-${object}` : object;
}

/** A key of {@link Environment.hashOf}, as a child of `parent`. */
export function hashKey(name: string, parent: pulumi.Resource): pulumi.Output<string> {
  const args = { length: 32, special: false };
  return new random.RandomPassword(`${name}-hash-key`, args, generatedValue(parent)).result;
}

/**
 * The environment that an argument names.
 *
 * @param name of the component that asks, @param owner the component: it gets what the environment lacks.
 */
export function environmentOf(
  namespace: Namespace,
  name: string,
  owner: pulumi.Resource,
): Environment {
  if (typeof namespace === "object" && "environment" in namespace) return namespace.environment;
  const given: ExistingNamespace = typeof namespace === "string" ? { name: namespace } : namespace;
  const { object, openshift = false, pullSecrets = [], protect = false } = given;
  let key: pulumi.Output<string> | undefined;
  return new Environment({
    name: object?.metadata.name ?? pulumi.output(given.name),
    plainName: given.name,
    instance: given.instance ?? given.name,
    shared: true,
    protect,
    allowDataLoss: [],
    pods: { openshift, pullSecrets },
    // The own policies of a workload close its pods, and nobody else's opens them to names.
    egress: [toDns(openshift)],
    hashKey: () => (key ??= hashKey(name, owner)),
  });
}
