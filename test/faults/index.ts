/** Command line of `npm run faults`. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { execa } from "execa";
import { runCommand } from "../../tools/lib/command.ts";
import { tell } from "../../tools/lib/tell.ts";
import { Failure } from "../../tools/lib/failure.ts";
import { ROOT } from "../../tools/lib/paths.ts";
import { Progress } from "../../tools/lib/progress.ts";
import { preparePython } from "../../tools/lib/python.ts";
import { ALL_ROWS, keyOf, readOutcomes, writeOutcomes } from "./outcome.ts";
import { reliabilityPage } from "./page.ts";
import { play } from "./play.ts";

const USAGE = `usage: npm run faults -- [--cluster] [FILE…]
Plays every fault of test/faults/rows.ts that needs no cluster, and writes docs/reliability.md.
  --cluster   those in the sandbox that runs instead
  FILE        only those whose file of tests contains this text`;

await runCommand(USAGE, async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { cluster: { type: "boolean", default: false } },
  });
  const chosen = ALL_ROWS.filter(
    ({ suite, file }) =>
      (suite === "cluster") === values.cluster &&
      (positionals.length === 0 || positionals.some((text) => file.includes(text))),
  );
  if (chosen.length === 0) throw new Failure(`no fault is played by ${positionals.join(", ")}`, 2);
  const { stdout: commit } = await execa({ cwd: ROOT })`git rev-parse --short HEAD`;
  const date = new Date().toISOString().slice(0, 10);
  const python = await preparePython(ROOT, new Progress());
  const bad: string[] = [];
  for (const file of new Set(chosen.map((row) => row.file))) {
    const rows = chosen.filter((row) => row.file === file);
    const outcomes = readOutcomes();
    for (const { row, ...outcome } of await play(file, rows, python)) {
      outcomes[keyOf(row)] = { ...outcome, date, commit };
      tell(`${outcome.result}: ${row.fault}${outcome.said ? ` (${outcome.said})` : ""}`);
      if (outcome.result === "failed") bad.push(row.fault);
    }
    writeOutcomes(outcomes);
    await writeFile(join(ROOT, "docs", "reliability.md"), await reliabilityPage(outcomes));
  }
  if (bad.length > 0) throw new Failure(`${bad.length} failed: ${bad.join("; ")}`);
});
