import { execFileSync } from "node:child_process";

/** Paths of all files of the repository that are in git or about to be, relative to its root. */
export function trackedFiles(root: string): string[] {
  const args = ["ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate", "-z"];
  const listed = execFileSync("git", args, { cwd: root, encoding: "utf8" }).split("\0");
  const deleted = execFileSync("git", ["ls-files", "--deleted", "-z"], {
    cwd: root,
    encoding: "utf8",
  });
  const gone = new Set(deleted.split("\0"));
  return listed.filter((file) => file !== "" && !gone.has(file));
}

/** Targets of a page's links and images that lead into the repository; code is not looked at. */
export function linksOf(markdown: string): string[] {
  const text = withoutCode(markdown);
  const inline = [...text.matchAll(/\]\(<?([^)\s>]+)>?(?: "[^"]*")?\)/g)];
  const references = [...text.matchAll(/^\[[^\]]+\]:\s+(\S+)/gm)];
  return [...inline, ...references]
    .map(([, target = ""]) => target)
    .filter((target) => !/^[a-z][a-z0-9+.-]*:/i.test(target));
}

/** What `#…` can lead to on a page, as GitHub makes it of headings. */
export function anchorsOf(markdown: string): string[] {
  const seen = new Map<string, number>();
  return [...withoutFences(markdown).matchAll(/^#{1,6}\s+(.+)$/gm)].map(([, heading = ""]) => {
    const slug = heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replaceAll(/\s/g, "-");
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    return times === 0 ? slug : `${slug}-${times}`;
  });
}

/** Fenced blocks of a page in one language, in order. */
export function blocksOf(markdown: string, language: string): string[] {
  const fences = markdown.matchAll(/^```(\w*)\n(.*?)^```$/gms);
  return [...fences].flatMap(([, found, text = ""]) => (found === language ? [text] : []));
}

/** A page but for its fenced blocks. */
export function withoutFences(markdown: string): string {
  return markdown.replaceAll(/^( *)(```+|~~~+).*?^\1\2\s*$/gms, "");
}

function withoutCode(markdown: string): string {
  return withoutFences(markdown)
    .replaceAll(/^ {4}.*$/gm, "")
    .replaceAll(/(`+)[^`].*?\1/g, "");
}

/** All code of a page: what stands in backticks, and fenced blocks that are no patches. */
export function codeOf(markdown: string): string {
  const inline = withoutFences(markdown).matchAll(/`([^`\n]+)`/g);
  return [...blocksOf(markdown, "sh"), ...[...inline].map(([, text = ""]) => text)].join("\n");
}
