/** Command line of `npm run alert-test`. */
import { parseArgs } from "node:util";
import { runCommand } from "../lib/command.ts";
import { tell } from "../lib/tell.ts";
import { Failure } from "../lib/failure.ts";
import { openEnvironment, STACK_OPTIONS } from "../lib/stack/open-environment.ts";
import { openAlerting, sendTest } from "./alerting.ts";

const USAGE = `usage: npm run alert-test -- --stack NAME [--context NAME]
Makes the alert AlertTest fire in Prometheus, and waits until Alertmanager has told everybody of slipway:monitoring.alerts.`;

await runCommand(USAGE, async () => {
  const { values } = parseArgs({ options: STACK_OPTIONS });
  const environment = await openEnvironment(values);
  const alerting = await openAlerting(environment);
  try {
    const undelivered = await sendTest(alerting, tell);
    if (undelivered.length === 0) return;
    const { namespace } = environment;
    throw new Failure(
      `${undelivered.join(", ")}: not delivered; why: kubectl -n ${namespace} logs statefulset/alertmanager --tail=20`,
    );
  } finally {
    alerting.close();
  }
});
