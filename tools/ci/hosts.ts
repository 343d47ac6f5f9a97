/** Command line of `npm run hosts`: the addresses of an environment, asked of its cluster. */
import { parseArgs } from "node:util";
import { PORTS } from "../../components/well-known.ts";
import { STACK_OPTIONS, accessStack } from "../ops/access.ts";
import { discoverHosts } from "./discover-hosts.ts";
import { runCommand } from "../ops/command.ts";
import { handOn } from "./forge.ts";

const USAGE = "usage: npm run hosts -- --stack NAME [--github] [--context NAME]";

await runCommand(USAGE, async () => {
  const { values } = parseArgs({
    options: {
      ...STACK_OPTIONS,
      // Hands the addresses to later steps of a workflow, e.g. as `UI_URL`.
      github: { type: "boolean" },
    },
  });
  const access = await accessStack(values);
  const hosts = await discoverHosts(access);
  for (const { service, url, by } of hosts)
    process.stderr.write(`${service.padEnd(24)} ${url}  (${by})\n`);
  if (hosts.length === 0) {
    process.stderr.write(
      `nothing in ${access.namespace} is reachable from outside (endpoint: none); try: ` +
        `kubectl -n ${access.namespace} port-forward service/ui ${PORTS.ui}\n`,
    );
  }
  const byService = Object.fromEntries(hosts.map(({ service, url }) => [service, url]));
  process.stdout.write(`${JSON.stringify(byService)}\n`);
  if (values.github) {
    const named = Object.entries(byService).map(([service, url]) => [variable(service), url]);
    handOn("GITHUB_ENV", Object.fromEntries(named) as Record<string, string>);
    handOn("GITHUB_OUTPUT", byService);
  }
});

/** `diabetes-model-api` is handed on as `DIABETES_MODEL_API_URL`. */
function variable(service: string): string {
  return `${service.replaceAll("-", "_").toUpperCase()}_URL`;
}
