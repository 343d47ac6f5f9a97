import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { GitError, fullVersion, headOf, sourceVersion } from "../../components/lib/git.ts";

describe("sourceVersion", () => {
  let root: string;

  const git = (...args: string[]): string =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args], {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();

  const commit = (file: string, content: string): string => {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), content);
    git("add", file);
    git("commit", "-qm", file);
    return git("rev-parse", "HEAD");
  };

  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), "slipway-git-"));
    git("init", "-q");
  });

  it("is the last commit that touched the folder, whatever came after it elsewhere", () => {
    const sha = commit("api/a", "1");
    commit("other/b", "1");
    assert.deepEqual(sourceVersion(root, ["api"]), {
      sha,
      dirty: undefined,
      tag: sha.slice(0, 7),
    });
  });

  it("is the latest of several paths", () => {
    commit("api/a", "1");
    const sha = commit("lock", "1");
    assert.equal(sourceVersion(root, ["api", "lock"]).sha, sha);
  });

  it("tells changed content apart, in tracked and in new files", () => {
    const sha = commit("api/a", "1");
    writeFileSync(path.join(root, "api", "a"), "2");
    const changed = sourceVersion(root, ["api"]);
    assert.match(changed.tag, new RegExp(`^${sha.slice(0, 7)}-dirty-[0-9a-f]{8}$`));
    writeFileSync(path.join(root, "api", "new"), "1");
    const added = sourceVersion(root, ["api"]);
    assert.notEqual(added.dirty, changed.dirty);
    assert.deepEqual(sourceVersion(root, ["api"]), added);
  });

  it("is clean when only another folder has changed", () => {
    commit("api/a", "1");
    writeFileSync(path.join(root, "stray"), "1");
    assert.equal(sourceVersion(root, ["api"]).dirty, undefined);
  });

  it("takes a link for the path that it names, also of a folder", () => {
    commit("api/a", "1");
    symlinkSync(tmpdir(), path.join(root, "api", "venv"));
    const linked = sourceVersion(root, ["api"]).dirty;
    rmSync(path.join(root, "api", "venv"));
    symlinkSync(root, path.join(root, "api", "venv"));
    assert.match(linked ?? "", /^[0-9a-f]{8}$/);
    assert.notEqual(sourceVersion(root, ["api"]).dirty, linked);
  });

  it("is clean when a staged change was taken back", () => {
    commit("api/a", "1");
    writeFileSync(path.join(root, "api", "a"), "2");
    git("add", "api");
    writeFileSync(path.join(root, "api", "a"), "1");
    assert.equal(sourceVersion(root, ["api"]).dirty, undefined);
  });

  it("refuses a folder that no commit touches", () => {
    commit("api/a", "1");
    assert.throws(
      () => sourceVersion(root, ["ui"]),
      /ui: no commit touches it yet; commit it first/,
    );
  });

  it("refuses a shallow clone that can't know, and names the remedy", () => {
    commit("api/a", "1");
    commit("other/b", "1");
    const deep = root;
    root = mkdtempSync(path.join(tmpdir(), "slipway-shallow-"));
    git("clone", "-q", "--depth", "1", `file://${deep}`, "clone");
    const clone = path.join(root, "clone");
    assert.throws(
      () => sourceVersion(clone, ["api"]),
      /shallow.*git fetch --unshallow.*fetch-depth: 0/,
    );
  });

  it("trusts a shallow clone that holds the commit and its parent", () => {
    commit("other/b", "1");
    const sha = commit("api/a", "1");
    const deep = root;
    root = mkdtempSync(path.join(tmpdir(), "slipway-shallow-"));
    git("clone", "-q", "--depth", "2", `file://${deep}`, "clone");
    assert.equal(sourceVersion(path.join(root, "clone"), ["api"]).sha, sha);
  });

  it("refuses a folder outside any checkout", () => {
    const nowhere = mkdtempSync(path.join(tmpdir(), "slipway-nowhere-"));
    const message =
      /slipway-nowhere-\w+ is not a git checkout, .*: clone the repository, or .*git init/;
    for (const ask of [() => sourceVersion(nowhere, ["api"]), () => headOf(nowhere)]) {
      assert.throws(ask, (error) => error instanceof GitError && message.test(error.message));
    }
  });

  it("refuses a checkout without a commit", () => {
    const message = /has no commit yet, .*: git add --all && git commit/;
    assert.throws(() => sourceVersion(root, ["api"]), { message });
    assert.throws(() => headOf(root), { message });
  });

  it("refuses a machine without git", () => {
    const before = process.env["PATH"];
    process.env["PATH"] = root;
    try {
      assert.throws(() => headOf(root), { message: /git is not installed, .*: install it/ });
    } finally {
      process.env["PATH"] = before;
    }
  });

  it("does not change with an excluded folder", () => {
    const sha = commit("training/a.py", "1");
    commit("training/models/a.yaml", "1");
    writeFileSync(path.join(root, "training/models/b.yaml"), "1");
    const version = sourceVersion(root, ["training", ":(exclude)training/models"]);
    assert.deepEqual(version, { sha, dirty: undefined, tag: sha.slice(0, 7) });
  });

  it("counts an ignored file as none", () => {
    commit("api/a", "1");
    commit(".gitignore", "dist/");
    mkdirSync(path.join(root, "api", "dist"));
    writeFileSync(path.join(root, "api", "dist", "built"), "1");
    assert.equal(sourceVersion(root, ["api"]).dirty, undefined);
  });

  it("carries its suffix in full as well", () => {
    const sha = "1".repeat(40);
    assert.equal(fullVersion({ sha, dirty: undefined, tag: "1111111" }), sha);
    const dirty = { sha, dirty: "0123abcd", tag: "1111111-dirty-0123abcd" };
    assert.equal(fullVersion(dirty), `${sha}-dirty-0123abcd`);
  });
});

describe("headOf", () => {
  let root: string;
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args], {
      cwd: root,
      stdio: "ignore",
    });

  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), "slipway-head-"));
    git("init", "-q", "-b", "feature/one");
    git("commit", "-q", "--allow-empty", "-m", "one");
  });

  it("knows the branch as an image tag, and the version of a tagged commit", () => {
    git("tag", "v1.2.3");
    git("tag", "other");
    assert.deepEqual(headOf(root), { branch: "feature-one", version: "1.2.3" });
  });

  it("knows no version once another commit follows", () => {
    git("tag", "v1.2.3");
    git("commit", "-q", "--allow-empty", "-m", "two");
    assert.deepEqual(headOf(root), { branch: "feature-one" });
  });

  it("takes the branch from CI on a detached head", () => {
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

  it("takes the branch that a tag was set on in CI, so that a release describes the same images", () => {
    git("checkout", "-q", "-b", "main");
    git("remote", "add", "origin", root);
    git("fetch", "-q", "origin");
    git("tag", "v1.2.3");
    git("checkout", "-q", "--detach");
    const before = { ...process.env };
    Object.assign(process.env, {
      GITHUB_REF_NAME: "v1.2.3",
      GITHUB_REF_TYPE: "tag",
      GITHUB_HEAD_REF: "",
    });
    try {
      assert.deepEqual(headOf(root), { branch: "main", version: "1.2.3" });
    } finally {
      process.env = before;
    }
  });
});
