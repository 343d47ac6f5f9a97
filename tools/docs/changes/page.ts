import { format } from "prettier";
import { losses } from "../../../components/lib/held-data.ts";
import { type Change, OPERATIONS, type Operation } from "../../lib/changes/change.ts";
import { compare } from "../../lib/changes/compare.ts";
import { heldDataIn } from "../../lib/changes/held-data-in.ts";
import { sentencesOf } from "../../lib/changes/words.ts";
import { type Evaluation, evaluate } from "../../lib/program/evaluate.ts";
import { BASE, ROWS, type Row } from "./rows.ts";

const STACK = "team";

/** What an edit does. */
export interface Outcome {
  /** Why it is refused; then nothing is touched, and the changes are those that a key would let through. */
  refused: string[];
  changes: Change[];
}

/** Evaluates the program before and after an edit. One outcome at a time: Pulumi's runtime is one a process. */
export async function outcomeOf({ from = {}, to, stack = STACK }: Row): Promise<Outcome> {
  const before = await evaluated(STACK, from);
  const after = await evaluated(stack, { ...from, ...to });
  return {
    refused: losses(heldDataIn(before), heldDataIn(after), []),
    changes: compare(before, after),
  };
}

/** Keys of a stack with these overrides of {@link BASE}; `undefined` removes one. */
export function withBase(overrides: Row["to"]): Row["to"] {
  const all = Object.entries({ ...BASE, ...overrides });
  return Object.fromEntries(all.filter(([, value]) => value !== undefined));
}

const known = new Map<string, Promise<Evaluation>>();

function evaluated(stack: string, overrides: Row["to"]): Promise<Evaluation> {
  const key = JSON.stringify([stack, withBase(overrides)]);
  const found = known.get(key) ?? evaluate(stack, withBase(overrides));
  known.set(key, found);
  return found;
}

const HEADER = `# What an edit of a stack does

<!-- Written by \`npm run docs\` from tools/docs/changes/rows.ts: change it there. -->

The stack of each row has everything bundled and two models on node ports (diabetes and iris), unless the row says what it was. Its images are
pinned. What an edit makes of it comes from two evaluations of the program; \`test/pulumi/changes\` holds the rows marked ✓ against the real
engine ([ADR 26](adr/0026-the-change-matrix-is-computed.md)). For your own edit ask \`npm run preview\`, which says the same words.

An edit that would lose data is **refused** before anything is touched, until \`slipway:allowDataLoss\` names them; what it would do then
is in its row. \`destroy\` is no edit: without \`protect\` it takes everything.
`;

const TITLES: Record<Operation, string> = {
  create: "created",
  update: "updated",
  replace: "replaced",
  delete: "deleted",
};

/** The page docs/changes.md, formatted as prettier wants it. */
export async function changesPage(): Promise<string> {
  const parts = [HEADER];
  for (const [area, rows] of Object.entries(ROWS)) {
    const lines = [
      ["edit", "what people notice", ...OPERATIONS.map((op) => TITLES[op])],
      ["---", "---", ...OPERATIONS.map(() => "---")],
    ];
    for (const row of rows) lines.push(cells(row, await outcomeOf(row)));
    parts.push(`## ${area}`, "", ...lines.map((line) => `| ${line.join(" | ")} |`), "");
  }
  return format(parts.join("\n"), { parser: "markdown", printWidth: 100 });
}

function cells(row: Row, { refused, changes }: Outcome): string[] {
  const notice = [
    ...refused.map((why) => `**Refused**: ${why.split(". Where it may go")[0] ?? why}.`),
    ...sentencesOf(changes),
  ].join(" ");
  const lists = OPERATIONS.map((op) => objects(changes.filter((change) => change.op === op)));
  return [`${row.edit}${row.real ? " ✓" : ""}`, notice, ...lists];
}

/** More than these are not read one by one. */
const MOST_OBJECTS = 24;

function objects(changes: readonly Change[]): string {
  if (changes.length > MOST_OBJECTS) return `${changes.length} objects`;
  const names = [...new Set(changes.map(({ name }) => name))];
  const lines = names.map((name) => {
    const kinds = changes.filter((change) => change.name === name).map(({ kind }) => kind);
    return `\`${name}\` (${kinds.sort().join(", ")})`;
  });
  return lines.sort().join("<br>");
}
