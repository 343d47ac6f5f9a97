import { readFile, writeFile } from "node:fs/promises";
import { stopOwnEngine } from "./from-source/own-engine.ts";
import { CONFIG_FILE, ENGINE, NAMESPACE } from "../lib/stack/sandbox.ts";
import { findPulumi } from "../lib/pulumi-cli.ts";
import { Failure } from "../lib/failure.ts";
import { addresses } from "./addresses.ts";
import { chooseCluster, type ClusterOptions } from "./choose-cluster.ts";
import type { Cluster } from "./cluster.ts";
import { deployWithKubectl } from "./deploy-kubectl.ts";
import { deployWithPulumi } from "./deploy-pulumi.ts";
import { privateAuthorities } from "./authorities.ts";
import { pushImages } from "./images.ts";
import { kubectlFor } from "../lib/kubectl.ts";
import { needLoaded } from "../lib/stack/loaded-images.ts";
import { readStackKey } from "../lib/stack/read-stack.ts";
import { recordDeployment } from "./record-deployment.ts";
import { say, step } from "../lib/steps.ts";
import { waitForRollout } from "./rollout.ts";
import { renderStack, writeStack } from "./stack.ts";

/** What the command line says about a deployment. */
export interface UpOptions extends ClusterOptions {
  /** What applies the objects. @default pulumi where its CLI is installed, else kubectl */
  engine?: string | undefined;
}

/** Makes or updates the sandbox and ends with a prediction through its Service. */
export async function up(options: UpOptions): Promise<void> {
  const cluster = await chooseCluster(options);
  await cluster.up();
  const { registry } = await writeStack(cluster.context);
  const images = await step("render", renderStack);
  const EXTRA_CA = await privateAuthorities();
  const load = images.map((image) => ({ ...image, args: { ...image.args, EXTRA_CA } }));
  if (!registry) await cluster.load(load);
  await needLoaded(
    { kubectl: kubectlFor(cluster) },
    Object.values(readStackKey("pins", CONFIG_FILE)).flatMap((pin) => pin ?? []),
    `remove its line below slipway:pins in ${CONFIG_FILE}, then \`npm run sandbox\``,
  );
  await stopOwnEngine();
  // Pulumi builds and pushes what goes through a registry; kubectl has to be given it.
  const engine = await deploy(cluster, options.engine, () =>
    registry ? pushImages(load) : Promise.resolve(),
  );
  await step("roll-out", () => waitForRollout(cluster, ["kube-system", NAMESPACE]));
  const lines = await addresses(cluster);
  say(["how to reach it:", ...lines].join("\n  "));
  if (cluster.env.KUBECONFIG) say(`kubectl: export KUBECONFIG=${cluster.env.KUBECONFIG}`);
  say("a prediction of each model through the cluster's Services:");
  await recordDeployment(engine === "pulumi");
}

/** A sandbox keeps the engine that made it: each has passwords of its own. */
async function deploy(
  cluster: Cluster,
  options: string | undefined,
  push: () => Promise<void>,
): Promise<"kubectl" | "pulumi"> {
  const before = await readFile(ENGINE, "utf8").catch(() => undefined);
  if (options !== undefined && before !== undefined && options !== before) {
    throw new Failure(
      `--engine ${options}: this sandbox was made with ${before}; \`npm run sandbox -- recreate --engine ${options}\``,
    );
  }
  const engine = options ?? before;
  const pulumi = engine === "kubectl" ? undefined : await findPulumi();
  if (engine === "pulumi" && pulumi === undefined) {
    throw new Failure("there is no Pulumi CLI on the PATH and none can be fetched: install it");
  }
  await writeFile(ENGINE, pulumi === undefined ? "kubectl" : "pulumi");
  if (pulumi === undefined) {
    say(`deploy with kubectl${engine === undefined ? ", because there is no Pulumi CLI" : ""}`);
    await push();
    await deployWithKubectl(cluster);
    return "kubectl";
  }
  say(`deploy with ${pulumi}`);
  await deployWithPulumi(cluster, pulumi);
  return "pulumi";
}
