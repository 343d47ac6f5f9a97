import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { RUN } from "../../tools/sandbox/from-source/paths.ts";
import { findPulumi } from "../../tools/lib/pulumi-cli.ts";
import { CACHE, DATA, ROOT } from "../../tools/lib/paths.ts";
import { long } from "../support/long.ts";
import { mlflow } from "./support/mlflow.ts";
import { engine, predict, sandbox } from "./support/sandbox.ts";
import { snapshot } from "./support/snapshot.ts";

const MINUTES = 60_000;

/** How many runs MLflow knows in the diabetes experiment. */
async function runs(): Promise<number> {
  const name = "experiments/get-by-name?experiment_name=diabetes-classification";
  const { experiment } = await mlflow<{ experiment: { experiment_id: string } }>("GET", name);
  const found = await mlflow<{ runs?: object[] }>("POST", "runs/search", {
    experiment_ids: [experiment.experiment_id],
  });
  return found.runs?.length ?? 0;
}

/** What a sandbox from source could have left on the machine, each as a line. */
async function traces(): Promise<string[]> {
  const processes = await Promise.all(
    (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(commandLine),
  );
  const mounts = (await readFile("/proc/self/mountinfo", "utf8")).split("\n");
  const [links, rules, namespaces] = await Promise.all([
    execa`ip -oneline link`,
    execa`iptables-save`,
    execa`ip netns list`,
  ]);
  const network = [links, rules, namespaces].flatMap(({ stdout }) => stdout.split("\n"));
  const places = [DATA, RUN, `${CACHE}/containerd`, `${CACHE}/docker`];
  return [
    ...processes.filter((line) => places.some((place) => line.includes(place))),
    ...mounts.filter((line) => places.some((place) => line.includes(` ${place}`))),
    ...network.filter((line) => /slipway|KUBE|CNI|10\.244\.|cni-/.test(line)),
    ...[DATA, RUN].filter((folder) => existsSync(folder)),
  ];
}

async function commandLine(pid: string): Promise<string> {
  if (Number(pid) === process.pid) return "";
  const text = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  return text.replaceAll("\0", " ");
}

describe("a sandbox's life", function () {
  this.timeout(12 * MINUTES);

  long("comes back with its runs when it is destroyed with --keep-data", async () => {
    const before = await runs();
    await mlflow("POST", "runs/create", { experiment_id: "0", run_name: "kept" });
    await sandbox("recreate", "--keep-data");
    assert.equal(await runs(), before);
    const kept = await mlflow<{ runs?: object[] }>("POST", "runs/search", {
      experiment_ids: ["0"],
      filter: "attributes.run_name = 'kept'",
    });
    assert.equal(kept.runs?.length, 1);
    await predict();
  });

  it("leaves nothing when it is destroyed, also the second time, and starts empty after that", async () => {
    await mlflow("POST", "runs/create", { experiment_id: "0", run_name: "gone" });
    await sandbox("destroy");
    assert.deepEqual(await traces(), []);
    await sandbox("destroy");
    assert.deepEqual(await traces(), []);
    await sandbox("up");
    const kept = await mlflow<{ runs?: object[] }>("POST", "runs/search", {
      experiment_ids: ["0"],
    });
    assert.deepEqual(kept.runs ?? [], []);
    await predict();
  });

  long("has the same objects whether Pulumi or kubectl applied them", async function () {
    // Without the Pulumi CLI there is one way only, and nothing to compare.
    if ((await findPulumi()) === undefined) this.skip();
    if ((await engine()) !== "pulumi") await sandbox("recreate", "--engine", "pulumi");
    const withPulumi = await snapshot();
    await sandbox("recreate", "--engine", "kubectl");
    assert.equal(await engine(), "kubectl");
    const withKubectl = await snapshot();
    assert.deepEqual(Object.keys(withKubectl), Object.keys(withPulumi));
    assert.deepEqual(withKubectl, withPulumi);
  });

  long("is made anew by recreate after a kill -9 in the middle", async () => {
    for (const seconds of [3, 20, 45]) {
      const command = ["--import", "tsx", "tools/sandbox.ts", "recreate"];
      const run = spawn("node", command, { cwd: ROOT, detached: true, stdio: "ignore" });
      const ended = new Promise((resolve) => run.once("exit", resolve));
      assert(run.pid);
      await sleep(seconds * 1000);
      // The whole group, as a closed terminal or an out-of-memory kill would end it.
      process.kill(-run.pid, "SIGKILL");
      await ended;
    }
    await sandbox("recreate");
    await predict();
  });
});
