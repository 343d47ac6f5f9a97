import { fitted, row } from "./preview-comment.ts";
import type { Preview } from "../lib/changes/preview-events.ts";

/** The first line of the report, by which its issue is found again. */
export function markOf(stack: string): string {
  return `<!-- slipway drift ${stack} -->`;
}

/** The report of one stack, in Markdown: each resource with what is there, and what the program wants in its place. */
export function driftReport(
  stack: string,
  { sha, deployed }: { sha: string; deployed: string | undefined },
  { changes, same, errors }: Preview,
): string {
  const commit = (of: string) => `\`${of.slice(0, 7)}\``;
  const head = [
    markOf(stack),
    `### ${errors.length > 0 ? "❌" : changes.length > 0 ? "🟠" : "✅"} Drift of \`${stack}\``,
    "",
    errors.length > 0
      ? "It could not be looked at; the log of this run says why."
      : changes.length === 0
        ? `None: all ${same} resources are as ${commit(sha)} made them.`
        : `**${changes.length}** of ${changes.length + same} resources are not as ${commit(sha)} wants them. ` +
          "A property is shown as it is → as it should be; _create_ means that it is missing.",
    ...(deployed !== undefined && deployed !== sha
      ? [
          "",
          `${commit(deployed)} is deployed, and ${commit(sha)} is checked out: what differs between the two is in the list, too.`,
        ]
      : []),
  ];
  return fitted(head, changes.map(row), [
    "",
    `\`npm run deploy -- --stack ${stack}\` brings back what the program wants. To keep what was done by hand, write it ` +
      "into the program or the stack file.",
    "",
  ]);
}
