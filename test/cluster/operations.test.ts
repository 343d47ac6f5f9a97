import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { execa } from "execa";
import { fullName } from "../../tools/sandbox/from-source/load-images.ts";
import { CONFIG_FILE, NAMESPACE } from "../../tools/lib/stack/sandbox.ts";
import { kubectlFor } from "../../tools/lib/kubectl.ts";
import { existingCluster } from "../../tools/sandbox/choose-cluster.ts";
import { CTR } from "../../tools/sandbox/from-source/node.ts";
import { npm, servedVersion } from "./support/commands.ts";
import { underLoad } from "./support/constant-load.ts";
import { engine, kubectl, objects, readyReplicas, rolledOut, until } from "./support/sandbox.ts";

const API = "diabetes-model-api";
const MODEL = "diabetes-model";

interface Job {
  spec: {
    template: {
      metadata: { labels: Record<string, string> };
      spec: { containers: { env: { name: string; value?: string }[] }[] };
    };
  };
}

/** Trains the model once more: the same data under the name of another commit. */
async function trainAgain(name: string): Promise<void> {
  const training = `app.kubernetes.io/name=${MODEL}-training`;
  const [job] = await objects<Job>("jobs", "-l", training);
  assert(job, "no training Job to copy");
  const { template } = job.spec;
  const own = Object.entries(template.metadata.labels).filter(([key]) =>
    /^(app|slipway)/.test(key),
  );
  template.metadata.labels = Object.fromEntries(own);
  for (const variable of template.spec.containers.flatMap(({ env }) => env)) {
    if (variable.name === "GIT_SHA") variable.value = name;
  }
  const copy = {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name },
    spec: { backoffLimit: 0, template },
  };
  const cluster = await existingCluster();
  assert(cluster);
  const create = ["-n", NAMESPACE, "create", "-f", "-"];
  await kubectlFor(cluster)(create, { input: JSON.stringify(copy) });
  await kubectl("wait", "--for=condition=Complete", `job/${name}`, "--timeout=240s");
  await kubectl("delete", "job", name);
}

describe("operating the sandbox", () => {
  it("rolls a model back on every replica within ten seconds, without a failed request", async () => {
    await readyReplicas(API, 3);
    const before = await servedVersion();
    await trainAgain("a-worse-release");
    await until("a new champion", async () => (await servedVersion()) !== before);
    let output = "";
    const load = await underLoad(async () => {
      output = await npm("rollback", "--model", MODEL, "--reason", "worse in production");
    });
    assert.deepEqual(load.failures, []);
    assert(load.answered > 0);
    const [, count, version, seconds] =
      /all (\d+) replicas serve version (\d+) after (\d+\.\d) s/.exec(output) ?? [];
    assert.equal(version, before, output);
    assert(Number(count) >= 3, output);
    assert(Number(seconds) <= 10, output);
    assert.equal(await servedVersion(), before);
    assert.match(await npm("history"), /rolled back: worse in production/);
  });

  it("rolls an image back without a failed request, and the next `up` keeps it", async function () {
    this.timeout(900_000);
    const cluster = await existingCluster();
    const reason =
      cluster?.kind !== "source"
        ? "another tag can be given to an image only in a cluster from source"
        : (await engine()) !== "pulumi" && "the sandbox was made without the Pulumi CLI";
    if (reason) {
      process.stdout.write(`      skipped: ${reason}\n`);
      this.skip();
    }
    const image = async () =>
      kubectl(
        "get",
        `deployment/${API}`,
        "-o",
        "jsonpath={.spec.template.spec.containers[0].image}",
      );
    const good = await image();
    const file = await readFile(CONFIG_FILE, "utf8");
    // The next release: the same layers under another tag, as no registry is needed for.
    const next = `${good}-next`;
    await assert.rejects(
      npm("rollback", "--image", "serving", "--to", next, "--here"),
      /on no node of this cluster, and pushed to no registry: nothing was changed/,
    );
    assert.equal(await readFile(CONFIG_FILE, "utf8"), file);
    await execa("ctr", [...CTR, "images", "tag", "--force", fullName(good), fullName(next)]);
    try {
      await npm("rollback", "--image", "serving", "--to", next, "--here", "--reason", "rehearsal");
      assert.equal(await image(), next);
      const load = await underLoad(async () => {
        await npm("rollback", "--image", "serving", "--to", good, "--here");
        await rolledOut(`deployment/${API}`);
      });
      assert.deepEqual(load.failures, []);
      assert(load.answered > 0);
      assert.equal(await image(), good);
    } finally {
      await writeFile(CONFIG_FILE, file);
      await execa("ctr", [...CTR, "images", "rm", fullName(next)], { reject: false });
    }
    assert.match(await npm("history"), /serving: rehearsal/);
  });
});
