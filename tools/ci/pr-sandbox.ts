/** Command line of `npm run pr-sandbox`: one environment per pull request that wants one. */
import { writeFile } from "node:fs/promises";
import { text as textOf } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { z } from "zod";
import { Failure } from "../lib/failure.ts";
import { readInput, runCommand } from "../lib/command.ts";
import { Forge } from "./forge.ts";
import { PrSandbox } from "./pr-stack.ts";

const USAGE = `usage: npm run pr-sandbox -- COMMAND
  up --number N [--out FILE]   make or update the environment of pull request N; FILE gets the comment
  recreate --number N          destroy, then up
  destroy --number N           remove it; twice is fine
  sweep [--open FILE]          remove those of pull requests that are closed or lost the label 'sandbox';
                               FILE (- is standard input) is what 'gh pr list --json number' prints, else GitHub is asked
  --template STACK             stack whose configuration is copied (default: pr)`;

await runCommand(USAGE, async () => {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      number: { type: "string" },
      out: { type: "string" },
      open: { type: "string" },
      template: { type: "string", default: "pr" },
    },
  });
  const sandbox = (): PrSandbox => new PrSandbox(pullRequest(values.number), values.template);
  const up = async (): Promise<void> => {
    const comment = await sandbox().up();
    process.stdout.write(`${comment}\n`);
    if (values.out !== undefined) await writeFile(values.out, comment);
  };
  switch (positionals.join(" ")) {
    case "up":
      await up();
      break;
    case "recreate":
      await sandbox().destroy();
      await up();
      break;
    case "destroy":
      await sandbox().destroy();
      break;
    case "sweep":
      await sweep(await openOnes(values.open), values.template);
      break;
    default:
      throw new Failure(USAGE, 2);
  }
});

function pullRequest(text: string | undefined): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new Failure(`--number ${text ?? ""}: give the pull request's number\n${USAGE}`, 2);
}

/** Numbers of the pull requests that keep their environment. An answer of another form must never count as "none". */
async function openOnes(file: string | undefined): Promise<number[]> {
  if (file === undefined) return new Forge().open("sandbox");
  const text = file === "-" ? await textOf(process.stdin) : await readInput("--open", file);
  const list = z.array(z.object({ number: z.int() })).safeParse(parsed(text));
  if (list.success) return list.data.map(({ number }) => number);
  throw new Failure(
    `--open ${file}: expected a list such as [{"number":12}]; nothing was removed`,
    2,
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** One that cannot be removed does not keep the others. */
async function sweep(open: number[], template: string): Promise<void> {
  const failed: string[] = [];
  for (const number of await PrSandbox.all()) {
    if (open.includes(number)) continue;
    process.stderr.write(`pull request ${number} is closed or lost its label\n`);
    await new PrSandbox(number, template).destroy().catch((error: unknown) => {
      failed.push(`pr-${number}: ${error instanceof Error ? error.message : String(error)}`);
    });
  }
  if (failed.length > 0)
    throw new Failure(`not removed, and the next sweep tries again:\n${failed.join("\n")}`);
}
