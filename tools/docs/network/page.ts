import { format } from "prettier";
import { renderStack } from "../../lib/program/manifests.ts";
import { betweenMarks } from "../marks.ts";
import { COLUMNS, matrix } from "./matrix.ts";

/** Stacks whose matrix the page shows. */
const STACKS = ["prod", "dev", "sandbox"];

/** docs/security.md with who may reach whom in it. @throws Error when a mark is missing. */
export async function securityPage(page: string): Promise<string> {
  const parts: string[] = [];
  for (const stack of STACKS) {
    const { manifests } = await renderStack(stack);
    const lines = [COLUMNS, COLUMNS.map(() => "---"), ...matrix(manifests)];
    parts.push(`### ${stack}`, lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n"));
  }
  const made = betweenMarks(page, "reachability", parts.join("\n\n"), "docs/security.md");
  return format(made, { parser: "markdown", printWidth: 100 });
}
