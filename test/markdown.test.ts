import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { anchorsOf, linksOf, trackedFiles } from "./support/markdown.ts";
import { ROOT } from "../tools/lib/paths.ts";

const files = trackedFiles(ROOT);
const pages = files.filter((file) => file.endsWith(".md"));
const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");

describe("the Markdown pages", () => {
  for (const page of pages) {
    it(`${page} has no broken link`, () => {
      const broken = linksOf(read(page)).filter((link) => {
        const [path = "", anchor] = link.split("#");
        const target = path === "" ? page : join(dirname(page), decodeURI(path));
        if (!existsSync(join(ROOT, target))) return true;
        return anchor !== undefined && !anchorsOf(read(target)).includes(anchor);
      });
      assert.deepEqual(broken, []);
    });
  }

  it("are found where a comment or a message cites them", () => {
    const cited = files
      .filter((file) => /\.(ts|tsx|py|mjs|yaml|yml|sh)$|Dockerfile$/.test(file))
      // Tests cite pages that are not there, on purpose.
      .filter((file) => file !== "test/markdown.test.ts")
      .flatMap((file) =>
        [...read(file).matchAll(/\b(?:training\/)?docs\/(?:adr\/[\w.-]+|[\w/-]+\.md)/g)].map(
          ([path]) => ({
            file,
            path: path.replace(/\.$/, ""),
          }),
        ),
      );
    assert.ok(cited.length > 5);
    const missing = cited.filter(
      ({ file, path }) =>
        !existsSync(join(ROOT, path)) &&
        !existsSync(join(ROOT, file.split("/")[0] ?? "", path)) &&
        !existsSync(join(ROOT, dirname(file), path)),
    );
    assert.deepEqual(missing, []);
  });
});

describe("the decisions in docs/adr", () => {
  const decisions = pages.filter((page) => /^docs\/adr\/\d/.test(page)).sort();

  it("are numbered from 1 without gaps", () => {
    const numbers = decisions.map((page) => Number(/\d+/.exec(page)?.[0]));
    assert.deepEqual(
      numbers,
      decisions.map((_, index) => index + 1),
    );
  });

  for (const page of decisions) {
    it(`${page} has the form of all`, () => {
      const text = read(page);
      const [title = ""] = text.split("\n");
      assert.match(title, new RegExp(`^# ${Number(/\d+/.exec(page)?.[0])}\\. \\S`));
      const sections = ["Status", "Context", "Decision", "Consequences"];
      const found = [...text.matchAll(/^\*\*(\w+)\.\*\*/gm)].map(([, name = ""]) => name);
      assert.deepEqual(
        found.filter((name) => sections.includes(name)),
        sections,
      );
      assert.match(
        text,
        /^\*\*Status\.\*\* (Accepted\.|(Accepted; s|S)uperseded by \[\d+\]\(\S+\)( in .+)?\.)$/m,
      );
      assert.doesNotMatch(text, /^## /m);
      for (const [link, number, file] of text.matchAll(/\[(\d+)\]\((\d+)-/g)) {
        assert.equal(Number(number), Number(file), link);
      }
    });
  }

  it("are all in the list", () => {
    const list = read("docs/adr/README.md")
      .split("\n")
      .filter((line) => /^\d+\. /.test(line));
    assert.deepEqual(
      list,
      decisions.map((page) => {
        const [, number, title] = /^# (\d+)\. (.+)/.exec(read(page)) ?? [];
        return `${number}. [${title}](${page.replace("docs/adr/", "")})`;
      }),
    );
  });
});
