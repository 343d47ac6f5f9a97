import type * as pulumi from "@pulumi/pulumi";
import type { Grafana } from "./grafana.ts";
import { portForward, showPassword } from "./lib/commands.ts";
import type { Mlflow } from "./mlflow.ts";
import type { ModelSigning } from "./model-signing.ts";
import type { PlatformImages } from "./platform-images.ts";
import type { PlatformNamespace } from "./platform-namespace.ts";

export interface StackOutputsArgs {
  namespace: PlatformNamespace;
  images: PlatformImages;
  mlflow: Mlflow;
  /** MLflow's address for people. */
  url: string;
  signing: ModelSigning;
  grafana: Grafana | undefined;
  /** Grafana's address for people, where they log in to it. */
  grafanaUrl: string | undefined;
}

/** What a stack outputs: addresses, names of Secrets, images, and commands to paste. */
export interface SlipwayOutputs extends StackOutputs {
  /** The page's address, where Pulumi delivers it. */
  ui?: string;
  /** Each API's address by model, where Pulumi delivers it. */
  models?: Record<string, string>;
  /** Name of Argo CD's Application, with `delivery: argocd`. */
  application?: pulumi.Output<string>;
}

/** What there is of it whoever delivers the serving objects. */
interface StackOutputs {
  /** Name of the namespace. */
  namespace: pulumi.Output<string>;
  /** MLflow's address for people. */
  mlflow: string;
  /** Grafana's, where people log in to it. */
  grafana?: string;
  /** What pods run, by image. */
  images: Record<string, pulumi.Input<string>>;
  /** The same as `pins` takes it. */
  pins: Record<string, pulumi.Input<string>>;
  /** Names of the Secrets with people's accounts. */
  secrets: { mlflow: pulumi.Output<string>; grafana?: pulumi.Output<string> };
  /** Public keys of which one has signed each model that is served; the first signs. Keep them with the backups' password. */
  modelKeys: pulumi.Output<string[]>;
  /** Ready to paste. */
  commands: {
    openMlflow: string;
    mlflowPassword: pulumi.Output<string>;
    openUi?: string;
    /** By model. */
    predict?: Record<string, string>;
  };
}

/** What a person or a tool asks of a stack, whoever delivers its serving objects. */
export function stackOutputs({
  namespace,
  images,
  mlflow,
  url,
  signing,
  grafana,
  grafanaUrl,
}: StackOutputsArgs): StackOutputs {
  const { name, plainName } = namespace;
  const { secret } = mlflow.admin;
  const all = Object.entries(images);
  return {
    namespace: name,
    mlflow: url,
    ...(grafanaUrl !== undefined && { grafana: grafanaUrl }),
    images: Object.fromEntries(all.map(([key, { reference }]) => [key, reference])),
    pins: Object.fromEntries(all.map(([key, { pin }]) => [key, pin])),
    secrets: { mlflow: secret, ...(grafana && { grafana: grafana.admin.secret }) },
    modelKeys: signing.list,
    commands: {
      openMlflow: portForward(plainName, mlflow.service),
      mlflowPassword: secret.apply((found) => showPassword(plainName, found)),
    },
  };
}
