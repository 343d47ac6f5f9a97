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

/**
 * Lends a training the very program that will serve what it trains, so that no version is promoted that the prediction API refuses.
 * Both images must have the same kind of C library, as ours have.
 *
 * @param serving image of the prediction API.
 */
export function servingCheck(serving: ImageReference) {
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
    initContainers: [copying],
    volumes: [scratch(VOLUME, "1Gi")],
    volumeMounts: [readOnly(VOLUME, FOLDER)],
    variables: { SLIPWAY_SERVING_CHECK: `${FOLDER}/node ${FOLDER}/app/dist/check.js` },
  };
}
