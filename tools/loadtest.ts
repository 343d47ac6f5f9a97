/** Command behind `npm run loadtest`: runs the k6 scenarios against a prediction API, from here or inside the cluster. */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { execa } from "execa";
import { K6 } from "./sandbox/k6.ts";
import { SCENARIO_NAMES } from "../loadtest/scenarios.ts";
import { Failure } from "./lib/failure.ts";
import { runCommand } from "./lib/command.ts";
import { binary, buildAll } from "./lib/go-build.ts";
import { runLoadtestJob } from "./sandbox/loadtest-job.ts";
import { ROOT } from "./lib/paths.ts";

const USAGE = `usage: npm run loadtest -- --url http://HOST:PORT [--scenario ${SCENARIO_NAMES.join("|")}] [--in-cluster]
--in-cluster runs them as a Job in the sandbox, e.g. against http://diabetes-model-api:8000.
TOKEN in the environment is sent as bearer token.`;

await runCommand(USAGE, async () => {
  const { values } = parseArgs({
    options: {
      url: { type: "string" },
      scenario: { type: "string", default: "smoke" },
      "in-cluster": { type: "boolean", default: false },
    },
  });
  if (values.url === undefined) throw new Failure(`--url is needed\n${USAGE}`, 2);
  if (!URL.canParse(values.url)) {
    throw new Failure(`--url '${values.url}': give an address such as http://localhost:30800`, 2);
  }
  if (!SCENARIO_NAMES.some((name) => name === values.scenario)) {
    throw new Failure(`--scenario '${values.scenario}': use ${SCENARIO_NAMES.join(", ")}`, 2);
  }
  const url = values.url.replace(/\/$/, "");
  const run = values["in-cluster"] ? runLoadtestJob : runHere;
  // k6 ends with 99 when a threshold was crossed.
  process.exitCode = await run(url, values.scenario);
});

async function runHere(url: string, scenario: string): Promise<number> {
  const installed = await execa("k6", ["version"], { reject: false });
  if (installed.failed) await buildAll([K6]);
  const quiet = process.stdout.isTTY ? [] : ["--quiet"];
  const args = ["run", "--no-usage-report", ...quiet, join(ROOT, "loadtest/predict.ts")];
  const k6 = installed.failed ? binary(K6) : "k6";
  const env = { URL: url, SCENARIO: scenario };
  const { exitCode } = await execa(k6, args, { env, stdio: "inherit", reject: false });
  return exitCode ?? 1;
}
