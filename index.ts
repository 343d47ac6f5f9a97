import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { loadConfig } from "./components/config/load.ts";
import { inspectable } from "./components/lib/inspectable.ts";
import { MODELS } from "./components/lib/model-file.ts";
import { onceAtRoot } from "./components/lib/once-at-root.ts";
import { Slipway } from "./components/slipway.ts";

const checkout = import.meta.dirname;

/**
 * The platform of one stack: its file `Pulumi.<stack>.yaml` as the arguments of one component. Pulumi calls it, and so do
 * `render` and the tests.
 */
export default function slipway() {
  try {
    const args = loadConfig();
    const context = new pulumi.Config("kubernetes").get("context");
    const own = { checkout, modelFolder: join(checkout, MODELS), context };
    const options = { transformations: [onceAtRoot()] };
    return { ...new Slipway(pulumi.getProject(), { ...args, ...own }, options).outputs };
  } catch (error) {
    throw inspectable(error);
  }
}
