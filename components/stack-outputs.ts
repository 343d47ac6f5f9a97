import type { Grafana } from "./grafana.ts";
import { portForward, showPassword } from "./lib/commands.ts";
import type { Mlflow } from "./mlflow.ts";
import type { PlatformImages } from "./platform-images.ts";
import type { PlatformNamespace } from "./platform-namespace.ts";

export interface StackOutputsArgs {
  namespace: PlatformNamespace;
  images: PlatformImages;
  mlflow: Mlflow;
  /** MLflow's address for people. */
  url: string;
  grafana: Grafana | undefined;
}

/** What a person or a tool asks of a stack, whoever delivers its serving objects. */
export function stackOutputs({ namespace, images, mlflow, url, grafana }: StackOutputsArgs) {
  const { name, plainName } = namespace;
  const { secret } = mlflow.admin;
  const all = Object.entries(images);
  return {
    namespace: name,
    mlflow: url,
    images: Object.fromEntries(all.map(([key, { reference }]) => [key, reference])),
    pins: Object.fromEntries(all.map(([key, { pin }]) => [key, pin])),
    secrets: { mlflow: secret, ...(grafana && { grafana: grafana.admin.secret }) },
    commands: {
      openMlflow: portForward(plainName, mlflow.service),
      mlflowPassword: secret.apply((found) => showPassword(plainName, found)),
    },
  };
}
