import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../tools/lib/paths.ts";
import { blocksOf, codeOf } from "./support/markdown.ts";

const page = readFileSync(join(ROOT, "CONTRIBUTING.md"), "utf8");
const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
};
/** Commands of npm itself, beside the scripts. */
const NPM = ["ci", "install"];
/** What commands of the page make. */
const MADE = /^(rendered|\.slipway|training\/\.venv)(\/|$)/;
const FOLDERS = ["", "training", "serving"];

/** Files and folders that the page names, as they are written, and whether it says that you make them. */
function namedPaths(): { path: string; isNew: boolean }[] {
  const inline = [...page.matchAll(/`([^`\s]+)`( \(new\))?/g)];
  return inline
    .map(([, path = "", mark]) => ({ path, isNew: mark !== undefined }))
    .filter(({ path }) => /^[\w.][\w./-]*$/.test(path))
    .filter(({ path }) => path.includes("/") || /\.(ts|md|yaml|json|mjs|py|toml)$/.test(path))
    .filter(({ path }) => !MADE.test(path));
}

describe("CONTRIBUTING.md", () => {
  it("names only files that exist, but for those that it says are new", () => {
    const named = namedPaths();
    assert.ok(named.length > 30, `only ${named.length}`);
    const wrong = named.filter(({ path, isNew }) => existsSync(join(ROOT, path)) === isNew);
    // A command on the page may run in a folder of its own.
    const unknown = wrong.filter(
      ({ path, isNew }) => isNew || !FOLDERS.some((folder) => existsSync(join(ROOT, folder, path))),
    );
    assert.deepEqual(unknown, []);
  });

  it("names only npm scripts that exist", () => {
    const code = codeOf(page);
    const run = [...code.matchAll(/\bnpm run (?:--silent )?([\w:-]+)/g)];
    const short = [...code.matchAll(/\bnpm (?!run\b)([\w:-]+)/g)];
    assert.ok(run.length + short.length > 10);
    const names = [...run, ...short].map(([, name = ""]) => name);
    const unknown = names.filter((name) => !(name in scripts) && !NPM.includes(name));
    assert.deepEqual(unknown, []);
  });

  it("names only test files and suites in commands that exist", () => {
    const files = [...codeOf(page).matchAll(/npx mocha ((?:\S+\.test\.ts ?)+)/g)].flatMap(
      ([, list = ""]) => list.trim().split(" "),
    );
    assert.ok(files.length > 0);
    const made = namedPaths().flatMap(({ path, isNew }) => (isNew ? [path] : []));
    assert.deepEqual(
      files.filter((file) => !existsSync(join(ROOT, file)) && !made.includes(file)),
      [],
    );
    const suites = [...codeOf(page).matchAll(/npm test -- ([a-z ]+)/g)].flatMap(([, list = ""]) =>
      list.trim().split(" "),
    );
    const runner = readFileSync(join(ROOT, "tools", "test.ts"), "utf8");
    assert.ok(suites.length > 0);
    for (const suite of suites) assert.ok(runner.includes(`name: "${suite}"`), suite);
  });

  const patches = blocksOf(page, "diff");

  it("shows four examples, each with its patch", () => {
    assert.equal(page.match(/^### Add /gm)?.length, 4);
    assert.equal(patches.length, 4);
  });

  for (const patch of patches) {
    const touched = [...patch.matchAll(/^diff --git a\/(\S+)/gm)].map(([, file = ""]) => file);

    it(`has a patch of ${touched.join(", ")} that applies`, () => {
      execFileSync("git", ["apply", "--check", "-"], { cwd: ROOT, input: patch, stdio: "pipe" });
    });

    it(`names ${touched.join(", ")} in the steps before the patch`, () => {
      const steps = page.slice(0, page.indexOf(patch)).split(/^### /m).at(-1) ?? "";
      assert.deepEqual(
        touched.filter((file) => !steps.includes(`\`${file}\``)),
        [],
      );
    });
  }

  it("adds a component by at most four files and 80 lines", () => {
    const [component = ""] = patches;
    assert.match(
      page.slice(0, page.indexOf(component)).split(/^### /m).at(-1) ?? "",
      /^Add a comp/,
    );
    const files = component.match(/^diff --git /gm)?.length ?? 0;
    const lines = component.match(/^[+-](?!\+\+|--)/gm)?.length ?? 0;
    assert.ok(files > 0 && files <= 4, `${files} files`);
    assert.ok(lines > 0 && lines <= 80, `${lines} lines`);
  });
});
