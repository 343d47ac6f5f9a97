import { execa } from "execa";
import { modelsIn, readModel } from "../../../components/lib/model-file.ts";
import {
  CHECK_COMMAND,
  checkEnvironment,
} from "../../../components/lib/prediction-check-command.ts";
import { PORTS, apiName } from "../../../components/well-known.ts";
import { Failure } from "../failure.ts";
import type { StackConfig } from "../../../components/config/schema.ts";
import { readStack } from "./read-stack.ts";
import { ROOT } from "../paths.ts";
import type { Environment } from "./environment.ts";
import { tell } from "../tell.ts";
import { fetchToken } from "./token.ts";

/**
 * Asks every prediction API of the stack, or those of `only`, for its demo prediction; gives the version that each model
 * was served in.
 */
export async function predictAll(
  environment: Environment,
  root = ROOT,
  only?: readonly string[],
): Promise<Record<string, string>> {
  const config = readStack(environment.stack, environment.configFile);
  const { auth } = config;
  const token = auth && (await fetchToken(auth));
  const versions: Record<string, string> = {};
  for (const name of only ?? modelNames(config, root)) {
    if (config.delivery === "argocd" && !(await isThere(environment, apiName(name)))) {
      tell(`${name}: not there yet; \`npm run gitops\` hands it to Argo CD`);
      continue;
    }
    const service = { name: apiName(name), port: PORTS.api };
    const asked = { ...environment, service, auth: auth !== undefined, token };
    const env = { ...environment.env, ...checkEnvironment(asked) };
    const check = await execa({ cwd: ROOT, env, reject: false })`${CHECK_COMMAND}`;
    if (check.failed) throw new Failure(check.stderr);
    const answer = JSON.parse(check.stdout) as { model?: { version: string } };
    if (answer.model) versions[name] = answer.model.version;
    tell(`${name}: ${check.stdout}`);
  }
  return versions;
}

/** Argo CD brings an API only after the first commit to its branch, which follows the first deployment. */
async function isThere({ kubectl, namespace }: Environment, service: string): Promise<boolean> {
  const get = ["-n", namespace, "get", "service", service, "-o", "name", "--ignore-not-found"];
  return (await kubectl(get)).stdout !== "";
}

/** Registered names of the stack's models. */
function modelNames({ models }: StackConfig, root = ROOT): string[] {
  return models.map(({ file }) => readModel(modelsIn(root), file).name);
}
