import { readFile, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { execa } from "execa";
import { CHECK_COMMAND, checkEnvironment } from "../../components/lib/prediction-check-command.ts";
import { PORTS, apiName } from "../../components/well-known.ts";
import { Failure } from "../local/failure.ts";
import { addresses } from "./addresses.ts";
import { chooseCluster, type ClusterWish } from "./choose-cluster.ts";
import type { Cluster } from "./cluster.ts";
import { deployWithKubectl } from "./deploy-kubectl.ts";
import { deployWithPulumi, findPulumi } from "./deploy-pulumi.ts";
import { stopDockerEngine } from "./docker-engine.ts";
import { privateAuthorities } from "./authorities.ts";
import { pushImages } from "./images.ts";
import { DATA, ROOT } from "./paths.ts";
import { say, step } from "./progress.ts";
import { waitForRollout } from "./rollout.ts";
import { NAMESPACE, renderStack, writeStack } from "./stack.ts";

const ENGINE = join(DATA, "engine");

/** What the command line says about a deployment. */
export interface UpWish extends ClusterWish {
  /** What applies the objects. @default pulumi where its CLI is installed, else kubectl */
  engine?: string | undefined;
}

/** Makes or updates the sandbox and ends with a prediction through its Service. */
export async function up(wish: UpWish): Promise<void> {
  const cluster = await chooseCluster(wish);
  await cluster.up();
  const { registry } = await writeStack(cluster.context);
  const images = await step("render", renderStack);
  const EXTRA_CA = await privateAuthorities();
  const load = images.map((image) => ({ ...image, args: { ...image.args, EXTRA_CA } }));
  if (!registry) await cluster.load(load);
  await stopDockerEngine();
  // Pulumi builds and pushes what goes through a registry; kubectl has to be given it.
  await deploy(cluster, wish.engine, () => (registry ? pushImages(load) : Promise.resolve()));
  await step("roll-out", () => waitForRollout(cluster, ["kube-system", NAMESPACE]));
  const doors = await addresses(cluster);
  say(["how to reach it:", ...doors].join("\n  "));
  if (cluster.env.KUBECONFIG) say(`kubectl: export KUBECONFIG=${cluster.env.KUBECONFIG}`);
  say("a prediction through the cluster's Service:");
  process.stdout.write(`${await predict(cluster)}\n`);
}

/** A sandbox keeps the engine that made it: each has passwords of its own. */
async function deploy(
  cluster: Cluster,
  wish: string | undefined,
  push: () => Promise<void>,
): Promise<void> {
  const before = await readFile(ENGINE, "utf8").catch(() => undefined);
  if (wish !== undefined && before !== undefined && wish !== before) {
    throw new Failure(
      `--engine ${wish}: this sandbox was made with ${before}; \`npm run sandbox -- recreate --engine ${wish}\``,
    );
  }
  const engine = wish ?? before;
  const pulumi = engine === "kubectl" ? undefined : await findPulumi();
  if (engine === "pulumi" && pulumi === undefined) {
    throw new Failure("there is no Pulumi CLI on the PATH and none can be fetched: install it");
  }
  await writeFile(ENGINE, pulumi === undefined ? "kubectl" : "pulumi");
  if (pulumi === undefined) {
    say(`deploy with kubectl${engine === undefined ? ", because there is no Pulumi CLI" : ""}`);
    await push();
    await deployWithKubectl(cluster);
  } else {
    say(`deploy with ${pulumi}`);
    await deployWithPulumi(cluster, pulumi);
  }
}

async function predict(cluster: Cluster): Promise<string> {
  const env = {
    ...cluster.env,
    PATH: [dirname(cluster.kubectl), process.env["PATH"]].join(delimiter),
    ...checkEnvironment({
      namespace: NAMESPACE,
      shared: false,
      service: { name: apiName("diabetes-model"), port: PORTS.api },
      auth: false,
      context: cluster.context,
    }),
  };
  const { stdout } = await execa({ cwd: ROOT, env })`${CHECK_COMMAND}`;
  return stdout;
}
