import { extname, join, relative } from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import { ENVIRONMENT_MARKER } from "./environment-marker.ts";

/** What a check of one prediction API needs to know. */
export interface CheckArgs<Text extends pulumi.Input<string>> {
  namespace: Text;
  /** Whether the namespace has others in it, so that a ConfigMap marks the environment. */
  shared: boolean;
  /** The API's Service. */
  service: { name: string; port: number };
  /** A token is needed: without one the check expects to be refused. */
  auth: boolean;
  /** The token, where there is one. */
  token?: string | undefined;
  /** Context of the kubeconfig. @default the current one */
  context?: string | undefined;
}

/** The command that asks an API for its demo prediction, in the repository's folder. */
const IN_REPOSITORY = ["node", "--import", "tsx", "tools/check-prediction.ts"];

/** The same; from the package that `npm pack` makes, in the folder of the program that uses it. */
export const CHECK_COMMAND: readonly string[] =
  extname(import.meta.filename) === ".ts"
    ? IN_REPOSITORY
    : ["node", relative("", join(import.meta.dirname, "../../tools/check-prediction.js"))];

/** The environment variables by which that command is told whom to ask. */
export function checkEnvironment<Text extends pulumi.Input<string>>(
  args: CheckArgs<Text>,
): Record<string, Text | string> {
  const { namespace, shared, service, auth, token, context } = args;
  return {
    NAMESPACE: namespace,
    SERVICE: service.name,
    PORT: String(service.port),
    AUTH: String(auth),
    ...(shared && { ENVIRONMENT: `configmap/${ENVIRONMENT_MARKER}` }),
    ...(token !== undefined && { SLIPWAY_TOKEN: token }),
    ...(context !== undefined && { KUBE_CONTEXT: context }),
  };
}
