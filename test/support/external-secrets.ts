import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { join } from "node:path";
import { binary, buildAll } from "../../tools/lib/go-build.ts";
import type { GoSource } from "../../tools/lib/go-source.ts";
import { freePort } from "./processes.ts";

/** The last version of the operator whose parts are all published as Go modules; it has the API `v1` of today's. */
const OPERATOR: GoSource = {
  name: "external-secrets",
  module: "github.com/external-secrets/external-secrets",
  version: "v0.16.2",
};

/** Builds the operator, once; gives the folder of its definitions of resources. */
export async function buildOperator(): Promise<string> {
  await buildAll([OPERATOR]);
  const wanted = `${OPERATOR.module}@${OPERATOR.version}`;
  const downloaded = execFileSync("go", ["mod", "download", "-json", wanted], { encoding: "utf8" });
  return join((JSON.parse(downloaded) as { Dir: string }).Dir, "config/crds/bases");
}

/** Starts the operator on a cluster, beside it. */
export async function startOperator(kubeconfig: string): Promise<ChildProcess> {
  const args = [`--metrics-addr=127.0.0.1:${await freePort()}`, "--store-requeue-interval=2s"];
  const env = { ...process.env, KUBECONFIG: kubeconfig };
  return spawn(binary(OPERATOR), args, { env, stdio: "ignore" });
}
