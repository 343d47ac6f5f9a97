import type * as k8s from "@pulumi/kubernetes";
import { type ContainerArgs, environment, readOnly, scratch } from "./pod.ts";
import type { ImageReference } from "./image-reference.ts";

/** Where a training finds the prediction API's program. */
const FOLDER = "/serving";
const VOLUME = "serving";

/** Node itself comes along: a training's image has none. */
const COPY = `
const { copyFileSync, cpSync } = require("node:fs");
cpSync(process.cwd(), "${FOLDER}/app", { recursive: true });
copyFileSync(process.execPath, "${FOLDER}/node");
`;

/** What a training is lent to try a version on the prediction API's program. */
export interface ServingCheck {
  /** What its result depends on beside the training itself. */
  identity: string[];
  args: string[];
  variables: Record<string, string>;
  initContainers: ContainerArgs[];
  volumes: k8s.types.input.core.v1.Volume[];
  volumeMounts: k8s.types.input.core.v1.VolumeMount[];
}

/** A training that tries nothing. */
const NO_CHECK: ServingCheck = {
  ...{ identity: [], args: [], variables: {} },
  ...{ initContainers: [], volumes: [], volumeMounts: [] },
};

/**
 * Lends a training the very program that will serve what it trains, so that no version is promoted that the prediction API refuses.
 * Both images must have the same kind of C library, as ours have.
 *
 * @param serving image of the prediction API. @default nothing is tried
 */
export function servingCheck(serving: ImageReference | undefined): ServingCheck {
  if (serving === undefined) return NO_CHECK;
  const copying: ContainerArgs = {
    name: VOLUME,
    image: serving.reference,
    command: ["node", "-e", COPY],
    // For people and for plans: by digest an image says nothing of its version.
    env: environment({ SERVING: serving.tagged }),
    resources: { cpu: "50m", memory: "128Mi" },
    volumeMounts: [{ name: VOLUME, mountPath: FOLDER }],
  };
  return {
    // Another API proves what is there once more: nothing is trained for it.
    identity: [serving.tagged],
    args: ["--prove-unchanged"],
    initContainers: [copying],
    volumes: [scratch(VOLUME, "1Gi")],
    volumeMounts: [readOnly(VOLUME, FOLDER)],
    variables: { SLIPWAY_SERVING_CHECK: `${FOLDER}/node ${FOLDER}/app/dist/check.js` },
  };
}
