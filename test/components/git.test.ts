import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { headOf, revisionOf } from "../../components/lib/git.ts";

describe("an image's identity", () => {
  let root: string;
  const git = (...args: string[]) =>
    execFileSync(
      "git",
      ["-C", root, "-c", "user.name=t", "-c", "user.email=t@example.com", ...args],
      {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      },
    ).trim();
  const write = (file: string, text: string) => {
    mkdirSync(join(root, file, ".."), { recursive: true });
    writeFileSync(join(root, file), text);
  };
  const commit = (file: string, text: string) => {
    write(file, text);
    git("add", "-A");
    git("commit", "-qm", text);
    return git("rev-parse", "HEAD");
  };

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "slipway-git-"));
    execFileSync("git", ["init", "-q", "-b", "main", root]);
  });
  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });

  it("is the last commit that touched its folder", () => {
    const first = commit("serving/a.ts", "one");
    commit("docs/a.md", "two");
    assert.deepEqual(revisionOf(root, ["serving"]), { tag: first.slice(0, 7), commit: first });
  });

  it("does not change with an excluded folder", () => {
    const first = commit("training/a.py", "one");
    commit("training/models/a.yaml", "two");
    assert.equal(revisionOf(root, ["training", ":(exclude)training/models"]).commit, first);
  });

  it("carries a hash of uncommitted changes, which changes with them", () => {
    const first = commit("serving/a.ts", "one").slice(0, 7);
    write("serving/a.ts", "two");
    const dirty = revisionOf(root, ["serving"]).tag;
    assert.match(dirty, new RegExp(`^${first}-dirty-[0-9a-f]{8}$`));
    write("serving/a.ts", "three");
    assert.notEqual(revisionOf(root, ["serving"]).tag, dirty);
    write("serving/a.ts", "two");
    assert.equal(revisionOf(root, ["serving"]).tag, dirty);
  });

  it("counts a new file as a change, and an ignored one as none", () => {
    const first = commit("serving/a.ts", "one").slice(0, 7);
    commit(".gitignore", "dist/");
    write("serving/dist/a.js", "built");
    assert.equal(revisionOf(root, ["serving"]).tag, first);
    write("serving/b.ts", "new");
    assert.match(revisionOf(root, ["serving"]).tag, /-dirty-/);
  });

  it("counts a deleted file as a change", () => {
    commit("serving/a.ts", "one");
    commit("serving/b.ts", "two");
    rmSync(join(root, "serving/b.ts"));
    assert.match(revisionOf(root, ["serving"]).tag, /-dirty-/);
  });

  it("is refused for a folder that was never committed", () => {
    commit("docs/a.md", "one");
    assert.throws(
      () => revisionOf(root, ["serving"]),
      /No commit touches 'serving'.*Commit it first/,
    );
  });

  it("is refused in a clone that is too shallow, with the remedy", () => {
    commit("serving/a.ts", "one");
    commit("docs/a.md", "two");
    const shallow = join(root, "shallow");
    execFileSync("git", ["clone", "-q", "--depth", "1", `file://${root}`, shallow]);
    assert.throws(
      () => revisionOf(shallow, ["serving"]),
      /too shallow.*'serving'.*git fetch --unshallow/,
    );
  });

  it("is known in a shallow clone that reaches back far enough", () => {
    commit("docs/a.md", "one");
    const second = commit("serving/a.ts", "two");
    const shallow = join(root, "shallow");
    execFileSync("git", ["clone", "-q", "--depth", "2", `file://${root}`, shallow]);
    commit("docs/a.md", "three");
    assert.equal(revisionOf(shallow, ["serving"]).commit, second);
  });

  it("is refused outside of a repository", () => {
    const outside = mkdtempSync(join(tmpdir(), "slipway-none-"));
    assert.throws(() => revisionOf(outside, ["serving"]), /failed in .*run from a clone/s);
    rmSync(outside, { recursive: true });
  });

  it("knows the branch as a tag, and the version of a tagged commit", () => {
    commit("a", "one");
    git("checkout", "-qb", "feature/one");
    git("tag", "v1.2.3");
    git("tag", "other");
    assert.deepEqual(headOf(root), { branch: "feature-one", version: "1.2.3" });
  });

  it("takes the branch from CI on a detached head", () => {
    commit("a", "one");
    git("checkout", "-q", "--detach");
    const before = { ...process.env };
    process.env["GITHUB_HEAD_REF"] = "";
    process.env["GITHUB_REF_NAME"] = "develop";
    try {
      assert.deepEqual(headOf(root), { branch: "develop" });
    } finally {
      process.env = before;
    }
  });
});
