import { LONGEST_COMMENT } from "./forge.ts";
import type { Change, Operation } from "../lib/changes/change.ts";
import { sentencesOf } from "../lib/changes/words.ts";
import type { Preview } from "../lib/changes/preview-events.ts";

const WORDS: Record<Operation, string> = {
  delete: "🔴 **DELETE**",
  replace: "🟠 **REPLACE**",
  update: "update",
  create: "create",
};
/** Properties shown of one resource. */
const MOST_PROPERTIES = 12;
/** Room for what is said when the list does not fit. */
const RESERVE = 600;

/**
 * The comment of one stack: counts, what is lost or replaced, what breaks a policy, then every change.
 *
 * @param foot how it was made.
 */
export function previewComment(
  stack: string,
  commit: string,
  preview: Preview,
  foot: readonly string[],
): string {
  const { changes, same, violations, errors } = preview;
  const of = (op: Operation) => changes.filter((change) => change.op === op);
  const lost = [...of("delete"), ...of("replace")];
  const mandatory = violations.filter(({ level }) => level === "mandatory");
  const failed = errors.length > 0 || mandatory.length > 0;
  const head = [
    `<!-- slipway preview ${stack} -->`,
    `### ${failed ? "❌" : changes.length > 0 ? "📝" : "✅"} Preview of \`${stack}\` at \`${commit.slice(0, 7)}\``,
    "",
    changes.length === 0 && !failed
      ? `Nothing changes; ${same} resources stay as they are.`
      : `**${of("create").length}** to create, **${of("update").length}** to update, ` +
        `**${of("replace").length}** to replace, **${of("delete").length}** to delete; ${same} stay as they are.`,
    ...(changes.length === 0 ? [] : ["", sentencesOf(changes).join(" ")]),
    ...section(
      "> [!CAUTION]",
      lost.map(({ op, kind, name }) => `> - ${WORDS[op]} ${kind} ${code(name)}`),
    ),
    ...section(
      "**Policies broken**",
      violations.map(({ policy, level, resource, message }) => {
        return `- ${level === "mandatory" ? "❌" : "⚠️"} \`${policy}\` on ${code(resource)}: ${oneLine(message)}`;
      }),
    ),
    ...section(
      "**It failed**",
      errors.map((error) => fenced(error.slice(0, 4000))),
    ),
  ];
  const rows = [...lost, ...of("update"), ...of("create")].map(row);
  return fitted(head, rows, ["", ...foot, ""]);
}

/** The text with as many rows as a comment holds, and how many more there are. */
export function fitted(head: string[], rows: string[], foot: string[]): string {
  const table = ["", "| | resource | properties |", "|---|---|---|"];
  const fixed = [...head, ...(rows.length > 0 ? table : []), ...foot].join("\n");
  const room = LONGEST_COMMENT - RESERVE;
  if (fixed.length > room) {
    return `${fixed.slice(0, room)}\n\n…cut off: the whole text is in the log of this run.\n`;
  }
  let used = fixed.length;
  const shown = rows.filter((row) => (used += row.length + 1) <= room);
  const missing = rows.length - shown.length;
  const notice =
    missing > 0 ? ["", `…and **${missing} more**: the log of this run has them all.`] : [];
  return [...head, ...(rows.length > 0 ? table : []), ...shown, ...notice, ...foot].join("\n");
}

export function row({ op, kind, name, properties }: Change): string {
  const shown = properties.slice(0, MOST_PROPERTIES).map(code);
  const more = properties.length - shown.length;
  return `| ${WORDS[op]} | ${kind} ${code(name)} | ${[...shown, ...(more > 0 ? [`${more} more`] : [])].join("<br>")} |`;
}

function section(title: string, lines: string[]): string[] {
  return lines.length === 0 ? [] : ["", title, ...(title.startsWith(">") ? [] : [""]), ...lines];
}

/** Text that came from elsewhere, as code: it can neither mention people nor leave its cell. */
function code(text: string): string {
  return `\`${oneLine(text).replaceAll("`", "'").replaceAll("|", "\\|")}\``;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}

/** Text that came from elsewhere, as a block of its own. */
export function fenced(text: string): string {
  return `\`\`\`text\n${text.replaceAll("```", "'''")}\n\`\`\``;
}
