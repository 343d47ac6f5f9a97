import assert from "node:assert/strict";
import type * as pulumi from "@pulumi/pulumi";
import { Image } from "../../components/image.ts";
import {
  PlatformNamespace,
  type PlatformNamespaceArgs,
} from "../../components/platform-namespace.ts";
import {
  type Evaluated,
  type Evaluation,
  evaluate,
  evaluateProgram,
  plain,
} from "../../tools/lib/program/evaluate.ts";
import type { Manifest } from "../../tools/lib/program/manifests.ts";
import { type RawConfig, rawStack } from "../../tools/lib/stack/stack-file.ts";

/** What an evaluation described, with ways to look at it. */
export class Described {
  readonly resources: Evaluated[];
  readonly outputs: Record<string, unknown>;
  /** The Kubernetes objects among the resources. */
  readonly objects: Manifest[];

  constructor({ resources, outputs }: Evaluation) {
    this.resources = resources;
    this.outputs = outputs;
    this.objects = resources
      .filter(({ type }) => type.startsWith("kubernetes:") && !type.includes("helm"))
      .map(({ inputs }) => plain(inputs) as Manifest);
  }

  /** Objects of a kind. */
  kind(kind: string): Manifest[] {
    return this.objects.filter((object) => object.kind === kind);
  }

  /** The one object of that kind and name. */
  object(kind: string, name: string): Manifest {
    const found = this.kind(kind).filter(({ metadata }) => metadata.name === name);
    const [object] = found;
    assert.ok(object && found.length === 1, `${found.length} objects ${kind}/${name}`);
    return object;
  }

  /** Files of a ConfigMap. */
  files(name: string): Record<string, string> {
    return at(this.object("ConfigMap", name), "data") as Record<string, string>;
  }

  /** The one resource whose type ends so, with that logical name. */
  resource(type: string, name: string): Evaluated {
    const found = this.resources.filter((one) => one.type.endsWith(type) && one.name === name);
    const [resource] = found;
    assert.ok(resource && found.length === 1, `${found.length} resources ${type} ${name}`);
    return resource;
  }
}

/** Evaluates a whole stack; `overrides` replace top-level keys of its configuration, `undefined` removes one. */
export async function stack(name: string, overrides: RawConfig = {}): Promise<Described> {
  const merged = Object.entries({ ...rawStack(name), ...overrides });
  const config = Object.fromEntries(merged.filter(([, value]) => value !== undefined));
  return new Described(await evaluate(name, config));
}

/** Evaluates components alone. What `init` returns becomes the outputs. */
export async function components(
  init: () => Record<string, unknown> | undefined,
): Promise<Described> {
  return new Described(await evaluateProgram("test", {}, () => init() ?? {}));
}

/** A namespace for the component under test. */
export function testNamespace(args: Partial<PlatformNamespaceArgs> = {}): PlatformNamespace {
  const quota = { cpu: "8", memory: "16Gi", storage: "100Gi", pods: 60 };
  return new PlatformNamespace("slipway-test", { quota, ...args });
}

/** An image without registry for the component under test, `slipway.local/<name>:1a2b3c4`. */
export function testImage(name: string): Image {
  return new Image(name, {
    context: name,
    revision: { tag: "1a2b3c4", sha: "1a2b3c4".padEnd(40, "0"), dirty: undefined },
  });
}

/** The value at a dotted path, e.g. `spec.template.spec.containers.0.image`; undefined when there is none. */
export function at(object: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>(
      (node, step) =>
        typeof node === "object" && node !== null
          ? (node as Record<string, unknown>)[step]
          : undefined,
      object,
    );
}

/** Environment variables of a workload's first container, by name; a reference to a Secret is `secret/key`. */
export function environment(workload: Manifest): Record<string, string> {
  const list = (at(workload, "spec.template.spec.containers.0.env") ?? []) as {
    name: string;
    value?: string;
    valueFrom?: unknown;
  }[];
  return Object.fromEntries(
    list.map(({ name, value, valueFrom }) => [name, value ?? JSON.stringify(valueFrom)]),
  );
}

/** Fails unless evaluating `init` is refused with this message. */
export async function refuses(
  init: () => pulumi.Resource,
  message: string | RegExp,
): Promise<void> {
  await assert.rejects(
    components(() => {
      init();
      return {};
    }),
    { message },
  );
}
