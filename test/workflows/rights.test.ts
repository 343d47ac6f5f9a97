import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { jobs, steps, workflows } from "../support/workflow-files.ts";

describe("the rights of the workflows", () => {
  /** All that each job may do beyond reading the repository; deploy writes the branch that Argo CD syncs. */
  const MORE: Record<string, string[]> = {
    "ci.yml: check": [],
    "deploy.yml: deploy": ["contents: write", "id-token: write"],
    "deploy.yml: plan": ["actions: read"],
    "drift.yml: drift": ["id-token: write", "issues: write"],
    "preview.yml: comment": ["pull-requests: write"],
    "preview.yml: preview": [],
    "sandbox.yml: destroy": ["id-token: write"],
    "sandbox.yml: hand": ["id-token: write"],
    "sandbox.yml: sweep": ["id-token: write", "pull-requests: read"],
    "sandbox.yml: up": ["id-token: write", "pull-requests: write"],
    "train.yml: train": ["id-token: write"],
    "vulnerabilities.yml: look-up": [],
  };

  it("grants nothing to a whole workflow, and to each job what it needs", () => {
    for (const [file, { permissions }] of Object.entries(workflows))
      assert.deepEqual(permissions, {}, file);
    const granted = jobs.map(({ name, job }) => {
      return [
        name,
        Object.entries(job.permissions ?? {}).map(([what, how]) => `${what}: ${how}`),
      ] as const;
    });
    const wanted = Object.entries(MORE).map(
      ([name, more]) =>
        [name, [...(more.includes("contents: write") ? [] : ["contents: read"]), ...more]] as const,
    );
    assert.deepEqual(Object.fromEntries(granted), Object.fromEntries(wanted));
  });

  it("leaves no credentials of git behind in a checkout", () => {
    for (const { name, step } of steps) {
      if (step.uses?.startsWith("actions/checkout@"))
        assert.equal(step.with?.["persist-credentials"], false, name);
    }
  });

  it("gives git the right to push in the one step that pushes", () => {
    const [job] = jobs.filter(({ job }) => job.permissions?.["contents"] === "write");
    assert.equal(job?.name, "deploy.yml: deploy");
    const knowing = job.job.steps.filter((step) => JSON.stringify(step).includes("github.token"));
    assert.deepEqual(
      knowing.map(({ run }) => run),
      ['npm run gitops -- --stack "$STACK" --push'],
    );
    const expression = /\$\{\{ (?:secrets\.\w+ \|\| )?github\.(\w+) \}\}/;
    const values: Record<string, string> = { token: "t0ken", server_url: "https://github.com" };
    const env = Object.entries(knowing[0]?.env ?? {}).map(([key, value]) => {
      return [key, value.replace(expression, (_, name: string) => values[name] ?? "")];
    });
    const answer = execFileSync("git", ["credential", "fill"], {
      input: "protocol=https\nhost=github.com\n\n",
      env: { ...process.env, ...(Object.fromEntries(env) as NodeJS.ProcessEnv) },
      encoding: "utf8",
    });
    assert.match(answer, /^username=x-access-token\npassword=t0ken$/m);
  });

  describe("are nothing for a fork", () => {
    const uncovered = jobs.filter(({ job }) => /secrets\.|: ?"write"/.test(JSON.stringify(job)));

    it("never runs foreign code with this repository's rights", () => {
      for (const [file, { on }] of Object.entries(workflows)) {
        for (const event of ["pull_request_target", "workflow_run", "issue_comment"])
          assert.ok(!(event in on), file);
      }
    });

    for (const { name, file, job } of uncovered) {
      it(`${name} runs for no fork, nor for Dependabot`, () => {
        if (!("pull_request" in (workflows[file]?.on ?? {}))) return;
        if (/^github\.event_name == '(schedule|workflow_dispatch)'$/.test(job.if ?? "")) return;
        assert.match(
          job.if ?? "",
          /github\.event\.pull_request\.head\.repo\.full_name == github\.repository && github\.actor != 'dependabot\[bot\]'/,
        );
      });
    }

    it("shows a secret to steps, never to a whole job", () => {
      for (const { name, job } of jobs) assert.ok(!("env" in job), name);
      for (const [file, workflow] of Object.entries(workflows))
        assert.ok(!("env" in workflow), file);
    });
  });
});
