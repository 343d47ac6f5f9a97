import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { runCommand } from "./lib/command.ts";
import { ROOT } from "./lib/paths.ts";
import { tell } from "./lib/tell.ts";

const USAGE = "usage: npm run help";

/** A command as people type it, and what it does. */
export interface Described {
  command: string;
  does: string;
}

/** What the README says of commands, by the heading that they stand under: there alone are they described. */
export function describedCommands(readme: string): Map<string, Described[]> {
  const found = new Map<string, Described[]>();
  let heading = "";
  for (const line of readme.split("\n")) {
    heading = /^## (.*)$/.exec(line)?.[1] ?? heading;
    const described = inTable(line) ?? inCode(line);
    if (described) found.set(heading, [...(found.get(heading) ?? []), described]);
  }
  return found;
}

/** A row such as "| `npm run backup` | backs up … |". */
function inTable(line: string): Described | undefined {
  const [, command, does = ""] = /^\| (`npm [^|]*`) *\| ([^|]*)/.exec(line) ?? [];
  if (command === undefined) return undefined;
  return { command: command.replaceAll("`", ""), does: does.replaceAll("`", "").trim() };
}

/** A line of shell such as "npm run hosts -- --stack staging # where everything is". */
function inCode(line: string): Described | undefined {
  const [, command, does = ""] = /^(npm (?:run|start|test)\b[^#]*?) *# (.*)$/.exec(line) ?? [];
  return command === undefined ? undefined : { command, does };
}

function show(): void {
  const all = describedCommands(readFileSync(join(ROOT, "README.md"), "utf8"));
  const width = Math.max(...[...all.values()].flat().map(({ command }) => command.length));
  for (const [heading, commands] of all) {
    tell(`${heading}\n`);
    for (const { command, does } of commands) tell(`  ${command.padEnd(width)}  ${does}`);
    tell("");
  }
  tell("Each says its options with `-- --help`; README.md tells the rest.");
}

if (process.argv[1] === import.meta.filename) {
  await runCommand(USAGE, () => {
    parseArgs({ options: {} });
    show();
    return Promise.resolve();
  });
}
