import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { K6 } from "./k6.ts";
import { NAMESPACE } from "../lib/stack/sandbox.ts";
import { kubectlFor } from "../lib/kubectl.ts";
import { Failure } from "../lib/failure.ts";
import { existingCluster } from "./choose-cluster.ts";
import { binary, buildAll } from "../lib/go-build.ts";
import { ROOT } from "../lib/paths.ts";

const NAME = "loadtest";
const SCRIPTS = join(ROOT, "loadtest");
const IMAGE = `slipway.local/k6:${K6.version}`;

/** Runs a scenario as a Job inside the sandbox's cluster, beside what it loads; gives k6's exit code. */
export async function runLoadtestJob(url: string, scenario: string): Promise<number> {
  const cluster = await existingCluster();
  if (cluster === undefined) throw new Failure("no sandbox to run in: `npm run sandbox` makes one");
  await buildAll([K6]);
  const context = join(import.meta.dirname, "images/k6");
  await cluster.load([{ reference: IMAGE, context, binaries: [binary(K6)] }]);
  const run = kubectlFor(cluster);
  const kubectl = (args: string[], input?: string) =>
    run(["--namespace", NAMESPACE, ...args], input === undefined ? {} : { input });
  await kubectl(["delete", "job", NAME, "--ignore-not-found"]);
  const objects = [await scriptsConfigMap(), job(url, scenario)];
  await kubectl(
    ["apply", "-f", "-"],
    JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }),
  );
  try {
    await kubectl([
      "wait",
      "pod",
      `--selector=job-name=${NAME}`,
      "--for=jsonpath={.status.phase}=Running",
      "--timeout=60s",
    ]);
    const logs = await kubectl(["logs", "--follow", `job/${NAME}`]);
    process.stdout.write(`${logs.stdout}\n`);
    const code = "jsonpath={.items[0].status.containerStatuses[0].state.terminated.exitCode}";
    const { stdout } = await kubectl(["get", "pods", `--selector=job-name=${NAME}`, "-o", code]);
    return Number(stdout);
  } finally {
    await kubectl(["delete", `job/${NAME}`, `configmap/${NAME}`, "--ignore-not-found"]);
  }
}

async function scriptsConfigMap(): Promise<object> {
  const names = (await readdir(SCRIPTS)).filter((name) => name.endsWith(".ts"));
  const data = await Promise.all(
    names.map(async (name) => [name, await readFile(join(SCRIPTS, name), "utf8")]),
  );
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: NAME },
    data: Object.fromEntries(data) as Record<string, string>,
  };
}

function job(url: string, scenario: string): object {
  const container = {
    name: "k6",
    image: IMAGE,
    args: ["run", "--no-usage-report", "--quiet", "/scripts/predict.ts"],
    env: [
      { name: "URL", value: url },
      { name: "SCENARIO", value: scenario },
      { name: "HOME", value: "/tmp" },
    ],
    resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "512Mi" } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    volumeMounts: [
      { name: "scripts", mountPath: "/scripts" },
      { name: "tmp", mountPath: "/tmp" },
    ],
  };
  const spec = {
    restartPolicy: "Never",
    automountServiceAccountToken: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 12345,
      seccompProfile: { type: "RuntimeDefault" },
    },
    containers: [container],
    volumes: [
      { name: "scripts", configMap: { name: NAME } },
      { name: "tmp", emptyDir: {} },
    ],
  };
  const template = { metadata: { labels: { [accessLabel(url)]: "true" } }, spec };
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: NAME },
    spec: { backoffLimit: 0, template },
  };
}

/** Label that the network policy of a Service asks of its clients. */
function accessLabel(url: string): string {
  return `slipway/access-${new URL(url).hostname.split(".")[0] ?? ""}`;
}
