import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Publication, publish } from "../../../tools/gitops/branch.ts";

const BRANCH = "gitops/staging";

describe("a gitops branch", () => {
  let folder: string;
  let remote: string;
  let clone: string;

  const git = (cwd: string, ...args: string[]) =>
    execFileSync("git", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
  const checkout = (name: string) => {
    const root = join(folder, name);
    git(folder, "clone", "-q", remote, name);
    git(root, "config", "user.name", name);
    git(root, "config", "user.email", `${name}@example.org`);
    return root;
  };
  const commit = (root: string, text: string) => {
    writeFileSync(join(root, "model.yaml"), text);
    git(root, "add", "-A");
    git(root, "commit", "-qm", text);
    return git(root, "rev-parse", "HEAD");
  };
  const deploy = (options: Partial<Publication> = {}) =>
    publish({
      root: clone,
      stack: "staging",
      remote: "origin",
      push: true,
      older: false,
      files: new Map([["service-ui.yaml", "kind: Service\n"]]),
      images: ["ui r.example.com/ui@sha256:1"],
      ...options,
    });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-gitops-"));
    remote = join(folder, "remote.git");
    git(folder, "init", "-q", "--bare", "-b", "main", remote);
    clone = checkout("ada");
    commit(clone, "first");
    git(clone, "push", "-q", "origin", "HEAD:main");
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it("says what it holds and where it came from, without any history of the sources", async () => {
    const source = git(clone, "rev-parse", "HEAD");
    await deploy();
    assert.equal(
      git(remote, "log", "--format=%an: %B", BRANCH),
      `ada: Deploy ${source.slice(0, 7)} to staging\n\nui r.example.com/ui@sha256:1\n\nSource-Commit: ${source}`,
    );
    assert.equal(git(remote, "ls-tree", "-r", "--name-only", BRANCH), "service-ui.yaml");
    assert.equal(
      git(remote, "log", "-1", "--format=%(trailers:only)", BRANCH),
      `Source-Commit: ${source}`,
    );
  });

  it("loses the files that are no longer rendered", async () => {
    const file = (name: string): [string, string] => [name, `${name}\n`];
    await deploy({ files: new Map([file("a.yaml"), file("b.yaml")]) });
    await deploy({ files: new Map([file("b.yaml"), file("c.yaml")]) });
    assert.equal(git(remote, "ls-tree", "-r", "--name-only", BRANCH), "b.yaml\nc.yaml");
    assert.equal(git(remote, "rev-list", "--count", BRANCH), "2");
  });

  it("gets no commit when nothing changed, also from a newer source", async () => {
    const { commit: before } = await deploy();
    commit(clone, "documentation");
    git(clone, "push", "-q", "origin", "HEAD:main");
    const second = await deploy();
    assert.deepEqual([second.commit, second.changed], [before, false]);
    assert.equal(git(remote, "rev-parse", BRANCH), before);
  });

  it("leaves the person's checkout, index and untracked files alone", async () => {
    writeFileSync(join(clone, "notes.txt"), "mine");
    const state = () => [git(clone, "status", "--porcelain"), git(clone, "symbolic-ref", "HEAD")];
    const before = state();
    await deploy();
    assert.deepEqual(state(), before);
  });

  it("stays on this machine without --push, and grows there", async () => {
    await deploy({ push: false });
    const { commit: second } = await deploy({ push: false, files: new Map([["b.yaml", "b\n"]]) });
    assert.equal(git(clone, "rev-list", "--count", BRANCH), "2");
    assert.equal(git(clone, "rev-parse", BRANCH), second);
    assert.equal(git(remote, "branch", "--list", BRANCH), "");
  });

  it("takes both of two deployments at once, one after the other", async () => {
    await deploy();
    const clones = ["bea", "cem", "dan", "eva"].map((name) => {
      const root = checkout(name);
      commit(root, name);
      git(root, "push", "-q", "origin", `HEAD:${name}`);
      return { name, root };
    });
    await Promise.all(
      clones.map(({ name, root }) => deploy({ root, files: new Map([[`${name}.yaml`, name]]) })),
    );
    const authors = git(remote, "log", "--format=%an", BRANCH).split("\n");
    assert.deepEqual(authors.sort(), ["ada", "bea", "cem", "dan", "eva"]);
    assert.equal(git(remote, "rev-list", "--merges", "--count", BRANCH), "0");
  });

  it("takes two first deployments at once", async () => {
    const other = checkout("bea");
    await Promise.all([
      deploy(),
      deploy({ root: other, files: new Map([["other.yaml", "other\n"]]) }),
    ]);
    assert.equal(git(remote, "rev-list", "--count", BRANCH), "2");
  });

  it("follows a remote that is given by its address", async () => {
    await deploy({ remote });
    assert.equal(git(remote, "rev-list", "--count", BRANCH), "1");
  });

  it("gets the name of who started the pipeline where git knows nobody", async () => {
    for (const key of ["name", "email"]) git(clone, "config", "--unset", `user.${key}`);
    const before = { ...process.env };
    Object.assign(process.env, {
      GITHUB_ACTOR: "octocat",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_SYSTEM: "/dev/null",
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: "user.useConfigOnly",
      GIT_CONFIG_VALUE_0: "true",
    });
    try {
      await deploy();
    } finally {
      process.env = before;
    }
    assert.equal(git(remote, "log", "--format=%an", BRANCH), "octocat");
  });

  it("refuses a commit that is not pushed", async () => {
    const sha = commit(clone, "second");
    await assert.rejects(deploy(), {
      name: "Failure",
      message: `commit ${sha.slice(0, 7)} is not on origin: push it first, so that what runs can be looked up`,
    });
  });

  it("refuses changes that no commit holds", async () => {
    writeFileSync(join(clone, "model.yaml"), "changed");
    await assert.rejects(deploy(), /no commit holds[\s\S]*commit them first:\n M model\.yaml/);
  });

  it("stays at the newer of two merges, whichever pipeline is slower, unless told otherwise", async () => {
    const older = git(clone, "rev-parse", "HEAD");
    commit(clone, "second");
    git(clone, "push", "-q", "origin", "HEAD:main");
    await deploy();
    git(clone, "checkout", "-q", older);
    const files = new Map([["old.yaml", "old\n"]]);
    await assert.rejects(
      deploy({ files }),
      /newer than .*: nothing to do; --older goes back to it/,
    );
    await deploy({ files, older: true });
    assert.equal(git(remote, "ls-tree", "-r", "--name-only", BRANCH), "old.yaml");
  });

  it("takes a deployment after a revert on the branch itself", async () => {
    await deploy();
    await deploy({ files: new Map([["bad.yaml", "bad\n"]]) });
    const other = checkout("bea");
    git(other, "checkout", "-q", BRANCH);
    git(other, "revert", "--no-edit", "HEAD");
    git(other, "push", "-q", "origin", BRANCH);
    assert.equal(git(remote, "ls-tree", "-r", "--name-only", BRANCH), "service-ui.yaml");
    assert.equal((await deploy()).changed, false);
    assert.equal((await deploy({ files: new Map([["good.yaml", "good\n"]]) })).changed, true);
  });

  it("is not written while it is checked out somewhere", async () => {
    await deploy();
    git(clone, "worktree", "add", "-q", join(folder, "look"), BRANCH);
    await assert.rejects(
      deploy({ files: new Map([["b.yaml", "b\n"]]) }),
      /gitops\/staging is checked out in \S+look: switch to another branch there/,
    );
  });

  it("says what git says when the remote is gone or refuses", async () => {
    await assert.rejects(deploy({ remote: "upstream" }), /git fetch failed: [\s\S]*upstream/);
    writeFileSync(
      join(remote, "hooks", "pre-receive"),
      "#!/bin/sh\necho 'gitops/** is protected'\nexit 1\n",
      {
        mode: 0o755,
      },
    );
    await assert.rejects(deploy(), /git push failed: [\s\S]*gitops\/\*\* is protected/);
  });
});
