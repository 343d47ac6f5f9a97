/** Command line of `npm run hosts`: the addresses of an environment, asked of its cluster. */
import { parseArgs } from "node:util";
import { STACK_OPTIONS, openEnvironment } from "../lib/stack/open-environment.ts";
import { PORTS } from "../../components/well-known.ts";
import { discoverHosts } from "./discover-hosts.ts";
import { runCommand } from "../lib/command.ts";
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
  const environment = await openEnvironment(values);
  const hosts = await discoverHosts(environment);
  for (const { service, url, by } of hosts)
    process.stderr.write(`${service.padEnd(24)} ${url}  (${by})\n`);
  if (hosts.length === 0) {
    process.stderr.write(
      `nothing in ${environment.namespace} is reachable from outside (endpoint: none); try: ` +
        `kubectl -n ${environment.namespace} port-forward service/ui ${PORTS.ui}\n`,
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
