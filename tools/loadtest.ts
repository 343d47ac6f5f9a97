/** Command behind `npm run loadtest`: runs the k6 scenarios against a prediction API from this machine. */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { execa } from "execa";
import { SCENARIO_NAMES } from "../loadtest/scenarios.ts";
import { binary, buildAll } from "./sandbox/go-build.ts";
import { ROOT } from "./sandbox/paths.ts";
import { K6 } from "./sandbox/sources.ts";

const USAGE = `usage: npm run loadtest -- --url http://HOST:PORT [--scenario ${SCENARIO_NAMES.join("|")}]
TOKEN in the environment is sent as bearer token.`;

const { values } = parseArgs({
  options: { url: { type: "string" }, scenario: { type: "string", default: "smoke" } },
});

if (values.url === undefined || !SCENARIO_NAMES.some((name) => name === values.scenario)) {
  process.stderr.write(`${USAGE}\n`);
  process.exitCode = 2;
} else {
  const installed = await execa("k6", ["version"], { reject: false });
  if (installed.failed) await buildAll([K6]);
  const env = { URL: values.url.replace(/\/$/, ""), SCENARIO: values.scenario };
  const args = ["run", "--no-usage-report", join(ROOT, "loadtest/predict.ts")];
  const k6 = installed.failed ? binary(K6) : "k6";
  const run = await execa(k6, args, { env, stdio: "inherit", reject: false });
  // k6 ends with 99 when a threshold was crossed.
  process.exitCode = run.exitCode ?? 1;
}
