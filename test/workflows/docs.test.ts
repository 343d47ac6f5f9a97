import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { PREPARE, ROOT, scriptsIn, text, workflows } from "../support/workflow-files.ts";

const { scripts } = JSON.parse(text("package.json")) as { scripts: Record<string, string> };
const PAGES = ["docs/ci.md", "docs/comparison.md", "docs/stacks/pr.md"];
const NAME = /\b(?:secrets|vars)\.([A-Z][A-Z0-9_]*)/g;

/** Rows of the table of secrets and variables. */
const table = text("docs/ci.md")
  .split("\n")
  .flatMap((line) => {
    const [, name = "", kind = "", , used = ""] = line.split("|").map((cell) => cell.trim());
    return /^`[A-Z_]+`$/.test(name)
      ? [{ name: name.slice(1, -1), kind, used: used.split(", ") }]
      : [];
  });

describe("docs/ci.md", () => {
  it("lists exactly the secrets and variables that the workflows use, each with its kind and where", () => {
    const used = new Map<string, { kind: string; used: string[] }>();
    for (const file of Object.keys(workflows)) {
      const source = text(`.github/workflows/${file}`);
      for (const [match, name = ""] of source.matchAll(NAME)) {
        const kind = match.startsWith("secrets") ? "secret" : "variable";
        const entry = used.get(name) ?? { kind, used: [] };
        assert.equal(entry.kind, kind, `${name} is a secret here and a variable there`);
        const workflow = file.replace(".yml", "");
        if (!entry.used.includes(workflow)) entry.used.push(workflow);
        used.set(name, entry);
      }
    }
    const order = ["preview", "deploy", "train", "sandbox", "drift"];
    const sorted = (names: string[]) => names.sort((a, b) => order.indexOf(a) - order.indexOf(b));
    const documented = table.map(
      ({ name, kind, used }) => [name, { kind, used: sorted(used) }] as const,
    );
    const found = [...used].map(
      ([name, { kind, used }]) => [name, { kind, used: sorted(used) }] as const,
    );
    assert.deepEqual(Object.fromEntries(documented), Object.fromEntries(found));
  });

  it("keeps secrets out of the shared steps: they come as inputs", () => {
    assert.equal([...text(PREPARE).matchAll(NAME)].length, 0);
  });

  it("says where messages of the tools lead: each anchor that they name is a heading", () => {
    const anchors = headings("docs/ci.md");
    for (const file of ["check-setup.ts", "check-environments.ts", "remedies.ts", "pr-stack.ts"]) {
      for (const [, anchor = ""] of text(`tools/ci/${file}`).matchAll(/docs\/ci\.md#([\w-]+)/g)) {
        assert.ok(anchors.includes(anchor), `${file}: #${anchor}`);
      }
    }
  });
});

for (const page of PAGES) {
  describe(page, () => {
    it("links only to files and headings that exist", () => {
      for (const [, target = ""] of text(page).matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^https?:/.test(target)) continue;
        const [path = "", anchor] = target.split("#");
        const file = path === "" ? page : join(dirname(page), path);
        assert.ok(existsSync(join(ROOT, file)), target);
        if (anchor !== undefined) assert.ok(headings(file).includes(anchor), target);
      }
    });

    it("names only npm scripts that exist", () => {
      for (const script of scriptsIn(text(page))) assert.ok(script in scripts, script);
    });
  });
}

describe("GitLab CI and Cloud Build", () => {
  const gitlab = parse(text("docs/ci/gitlab-ci.yml")) as Record<
    string,
    { script?: string[]; before_script?: string[] }
  >;
  const google = ["cloudbuild.yaml", "cloudbuild-checks.yaml", "cloudbuild-preview.yaml"].map(
    (file) => text(`docs/ci/${file}`),
  );
  const called = [
    ...Object.values(gitlab).flatMap(({ script = [], before_script = [] }) => [
      ...script,
      ...before_script,
    ]),
    ...google
      .flatMap((file) => (parse(file) as { steps: { script: string }[] }).steps)
      .map(({ script }) => script),
  ].flatMap(scriptsIn);

  it("call npm scripts that exist", () => {
    for (const script of called) assert.ok(script in scripts, script);
  });

  it("call those that GitHub's workflows call, but for what only GitHub has", () => {
    const github = Object.keys(workflows).flatMap((file) =>
      scriptsIn(text(`.github/workflows/${file}`)),
    );
    const expected = new Set([...github, ...scriptsIn(text(PREPARE))]);
    for (const only of ["ci:comment", "sleep"]) expected.delete(only);
    assert.deepEqual([...new Set(called)].sort(), [...expected].sort());
  });

  it("deploy one stack at a time on GitLab, and prod by a person's hand", () => {
    const jobs = gitlab as Record<string, { resource_group?: string; rules?: { when?: string }[] }>;
    for (const name of ["staging", "prod", "train", "sandbox"])
      assert.ok(jobs[name]?.resource_group, name);
    for (const { when } of jobs["prod"]?.rules ?? []) assert.equal(when, "manual");
  });

  it("check nothing where a stack is touched", () => {
    assert.doesNotMatch(google[0] ?? "", /npm run (coverage|ci:coverage)/);
  });

  it("know the whole history", () => {
    assert.match(text("docs/ci/gitlab-ci.yml"), /GIT_DEPTH: "0"/);
    for (const file of google) assert.match(file, /git fetch --unshallow/);
  });
});

/** Anchors of a page's headings, as GitHub makes them. */
function headings(file: string): string[] {
  return [...text(file).matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, "")
      .trim()
      .replaceAll(/\s/g, "-"),
  );
}
