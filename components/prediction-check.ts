import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { type Namespace, environmentOf } from "./environment.ts";
import { CHECK_COMMAND, checkEnvironment } from "./lib/prediction-check-command.ts";
import type { PredictionApi } from "./prediction-api.ts";

export interface PredictionCheckArgs {
  /** Where the API runs. */
  namespace: Namespace;
  /** The API that must answer. */
  api: PredictionApi;
  /** What makes it worth asking again: the image and the model. */
  triggers: pulumi.Input<string>[];
  /** What must be there first, beside the API. */
  after: pulumi.Resource[];
  /** Context of the kubeconfig. @default the current one */
  context?: string | undefined;
  /** A token is needed: the check then expects to be refused without one. @default false */
  auth?: boolean;
}

/**
 * Asks an API for its demo prediction after a roll-out, so that `up` fails when the answer is not
 * a proper one.
 */
export class PredictionCheck extends pulumi.ComponentResource {
  /** The answer, as JSON. */
  readonly answer: pulumi.Output<string>;

  constructor(name: string, args: PredictionCheckArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:delivery:PredictionCheck", name, {}, opts);
    const { api, triggers, after, context, auth = false } = args;
    const namespace = environmentOf(args.namespace, name, this);
    const check = new local.Command(
      name,
      {
        create: CHECK_COMMAND.join(" "),
        environment: checkEnvironment({
          namespace: namespace.name,
          shared: namespace.shared,
          service: api.reference.service,
          auth,
          context,
        }),
        triggers,
      },
      { parent: this, dependsOn: [api, ...after], deleteBeforeReplace: true },
    );
    this.answer = check.stdout;
    this.registerOutputs({ answer: this.answer });
  }
}
