import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { ReadAtStart, Variable, readOnly } from "./lib/pod.ts";
import type { Access } from "./lib/network.ts";

/** What a pod needs to use something: variables, what is mounted, and whom it reaches. */
export interface PodParts {
  variables: Record<string, Variable>;
  volumes: k8s.types.input.core.v1.Volume[];
  volumeMounts: ReturnType<typeof readOnly>[];
  /** What it reads at its start. */
  reads: ReadAtStart[];
  access: Access[];
  /** What must be there first. */
  dependsOn: pulumi.Resource[];
}

/** What a pod needs for nothing. */
export const NOTHING: PodParts = {
  variables: {},
  volumes: [],
  volumeMounts: [],
  reads: [],
  access: [],
  dependsOn: [],
};

/** All parts in one; what several of them mount is mounted once. */
export function together(...parts: readonly PodParts[]): PodParts {
  return {
    variables: Object.fromEntries(parts.flatMap(({ variables }) => Object.entries(variables))),
    volumes: once(parts.flatMap(({ volumes }) => volumes)),
    volumeMounts: once(parts.flatMap(({ volumeMounts }) => volumeMounts)),
    reads: parts.flatMap(({ reads }) => reads),
    access: parts.flatMap(({ access }) => access),
    dependsOn: parts.flatMap(({ dependsOn }) => dependsOn),
  };
}

/** The first of each name: a pod with a volume twice is refused. */
function once<Named extends { name: pulumi.Input<string> }>(all: readonly Named[]): Named[] {
  return all.filter(({ name }, index) => all.findIndex((one) => one.name === name) === index);
}
