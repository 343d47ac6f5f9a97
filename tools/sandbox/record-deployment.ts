import { readCheckout } from "../lib/stack/checkout.ts";
import { openEnvironment } from "../lib/stack/open-environment.ts";
import { predictAll } from "../lib/stack/predictions.ts";
import { pulumiCall } from "../lib/stack/pulumi-call.ts";
import { livePins } from "../lib/stack/pulumi-up.ts";
import { record } from "../lib/stack/records.ts";
import { STACK } from "../lib/stack/sandbox.ts";
import { ROOT } from "../lib/paths.ts";

/**
 * Asks each model of the sandbox for a prediction and writes the deployment into its history, as `npm run deploy` does: `rollback` and a
 * deployment that fails go by it.
 *
 * @param pulumi whether Pulumi has applied it, so that its state tells the images.
 */
export async function recordDeployment(pulumi: boolean): Promise<void> {
  const environment = await openEnvironment({ stack: STACK });
  const models = await predictAll(environment);
  const { sha, changed } = await readCheckout();
  const images = pulumi ? await livePins(await pulumiCall(environment), ROOT) : undefined;
  await record(environment, {
    ...{ event: "deploy", result: "ok", sha, dirty: changed.length > 0, models },
    ...(images && { images }),
  });
}
