/** Command line of `npm run ci:coverage`: the coverage of the tests, part by part, on the page of the run. */
import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { Failure } from "../lib/failure.ts";
import { ROOT } from "../lib/paths.ts";
import { runCommand } from "../lib/command.ts";
import { summarize } from "./forge.ts";

const count = z.object({ total: z.number(), covered: z.number() });
const report = z.record(z.string(), z.object({ lines: count, branches: count }));
type Count = z.output<typeof count>;

const USAGE = "usage: npm run ci:coverage";

await runCommand(USAGE, async () => {
  parseArgs();
  const file = join(ROOT, "coverage", "coverage-summary.json");
  const text = await readFile(file, "utf8").catch(() => {
    throw new Failure("there is no coverage/coverage-summary.json: run `npm run coverage` first");
  });
  const parts = new Map<string, { lines: Count; branches: Count }>();
  for (const [path, { lines, branches }] of Object.entries(report.parse(JSON.parse(text)))) {
    const part = path === "total" ? "**all**" : (relative(ROOT, path).split("/")[0] ?? "");
    const sum = parts.get(part) ?? {
      lines: { total: 0, covered: 0 },
      branches: { total: 0, covered: 0 },
    };
    parts.set(part, { lines: plus(sum.lines, lines), branches: plus(sum.branches, branches) });
  }
  const rows = [...parts].sort().map(([part, { lines, branches }]) => {
    return `| ${part} | ${percent(lines)} | ${percent(branches)} |`;
  });
  summarize(["### Coverage", "", "| | lines | branches |", "|---|---|---|", ...rows].join("\n"));
});

function plus(a: Count, b: Count): Count {
  return { total: a.total + b.total, covered: a.covered + b.covered };
}

function percent({ covered, total }: Count): string {
  return total === 0 ? "–" : `${((100 * covered) / total).toFixed(1)} %`;
}
