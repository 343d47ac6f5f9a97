/** Command line of `npm run train`: trains on the cluster, whether it sleeps or not. */
import { parseArgs } from "node:util";
import { pulumiCall } from "../lib/stack/pulumi-call.ts";
import { STACK_OPTIONS, openEnvironment } from "../lib/stack/open-environment.ts";
import { runCommand } from "../lib/command.ts";
import { trainOnCluster } from "./train-on-cluster.ts";

const USAGE = "usage: npm run train -- --stack NAME [--model NAME]... [--context NAME]";

await runCommand(USAGE, async () => {
  const { values } = parseArgs({
    options: {
      ...STACK_OPTIONS,
      // A model's name or its file's; every model of the stack when absent.
      model: { type: "string", multiple: true },
    },
  });
  const environment = await openEnvironment(values);
  // A workflow that is asked for no model hands on an empty name.
  const models = (values.model ?? []).filter((name) => name !== "");
  await trainOnCluster(environment, await pulumiCall(environment), models);
});
