import { format } from "prettier";
import { type Outcome, type Outcomes, keyOf } from "./outcome.ts";
import { SECTIONS } from "./rows.ts";
import type { Row } from "./written.ts";

const HEADER = `# Faults, and what happens

<!-- Written by \`npm run faults\` from test/faults/rows.ts and docs/reliability.json: run it again rather than editing. -->

Each row is a test that plays the fault on real processes, on the real engine against an API server, or on the pods of a
[sandbox](runbooks/sandbox.md), and fails where something is lost. \`npm run faults\` plays those that need no cluster, \`npm run faults --
--cluster\` those in the sandbox that runs; both write here what happened. What needs the Pulumi CLI is skipped where there is none.
`;

/** The text of docs/reliability.md. */
export function reliabilityPage(outcomes: Outcomes): Promise<string> {
  const all = SECTIONS.flatMap(({ rows }) => rows);
  const count = (result: Outcome["result"]) =>
    all.filter((row) => outcomes[keyOf(row)]?.result === result).length;
  const totals = `${all.length} faults: ${count("passed")} passed, ${count("failed")} failed, ${count("skipped")} skipped when they were played last.`;
  const sections = SECTIONS.map(({ title, rows }) => {
    const lines = rows.map((row) => line(row, outcomes[keyOf(row)]));
    return `## ${title}\n\n| fault | expected | what happened | played by |\n| --- | --- | --- | --- |\n${lines.join("\n")}\n`;
  });
  return format([HEADER, totals, ...sections].join("\n"), { parser: "markdown" });
}

function line({ fault, expected, file }: Row, outcome: Outcome | undefined): string {
  return `| ${fault} | ${expected} | ${happened(outcome)} | [${file.replace(/^.*\//, "")}](../${file}) |`;
}

function happened(outcome: Outcome | undefined): string {
  if (outcome === undefined) return "not played yet";
  const { result, said, tests, seconds, date, commit } = outcome;
  const when = `${date}, ${commit}`;
  if (result === "skipped") return `skipped ${when}: ${cell(said ?? "")}`;
  if (result === "failed") return `**failed** ${when}: ${cell(said ?? "")}`;
  const many = tests > 1 ? `${tests} tests, ` : "";
  return `✓ ${many}${seconds < 10 ? seconds.toFixed(1) : seconds.toFixed(0)} s, ${when}`;
}

const cell = (text: string) => text.replaceAll(/\s+/g, " ").replaceAll("|", "\\|").slice(0, 160);
