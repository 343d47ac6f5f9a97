import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import picomatch from "picomatch";
import { parse } from "yaml";
import { ROOT, text, workflows } from "../support/workflow-files.ts";

/**
 * Whether a change of `files` starts a workflow. As GitHub's path filters: `*` stops at a slash, a dot is a letter like
 * any other, and one matching file is enough.
 */
function starts(file: string, event: "push" | "pull_request", files: string[]): boolean {
  const trigger = workflows[file]?.on[event];
  if (trigger === undefined) return false;
  const paths = trigger?.paths;
  assert.ok(
    !paths?.some((path) => path.startsWith("!")),
    "the order of exceptions is not modelled here",
  );
  return (
    paths === undefined || files.some((changed) => picomatch.isMatch(changed, paths, { dot: true }))
  );
}

const on = (branch: string): string[] =>
  Object.entries(workflows)
    .filter(([, { on }]) => {
      const { branches = ["**"], "branches-ignore": ignored = [] } = on["push"] ?? {};
      const matches = (patterns: string[]) => picomatch.isMatch(branch, patterns);
      return "push" in on && matches(branches) && !matches(ignored);
    })
    .map(([name]) => name);

const CASES: { change: string; files: string[]; pull: string[]; push: string[] }[] = [
  {
    change: "a page of documentation",
    files: ["docs/ci.md", "README.md"],
    pull: ["ci"],
    push: ["ci"],
  },
  { change: "a test", files: ["test/program.test.ts"], pull: ["ci"], push: ["ci"] },
  { change: "the program", files: ["index.ts"], pull: ["ci", "preview"], push: ["ci", "deploy"] },
  {
    change: "a component",
    files: ["components/lib/pod.ts"],
    pull: ["ci", "preview"],
    push: ["ci", "deploy"],
  },
  {
    change: "one number of prod",
    files: ["Pulumi.prod.yaml"],
    pull: ["ci", "preview"],
    push: ["ci", "deploy"],
  },
  {
    change: "the project's file",
    files: ["Pulumi.yaml"],
    pull: ["ci", "preview"],
    push: ["ci", "deploy"],
  },
  {
    change: "the API and its README",
    files: ["serving/src/app.ts", "README.md"],
    pull: ["ci", "preview"],
    push: ["ci", "deploy"],
  },
  {
    change: "the page",
    files: ["ui/src/server.ts"],
    pull: ["ci", "preview"],
    push: ["ci", "deploy"],
  },
  {
    change: "MLflow's image",
    files: ["images/mlflow/Dockerfile"],
    pull: ["ci", "preview"],
    push: ["ci", "deploy"],
  },
  {
    change: "a parameter of a model",
    files: ["training/models/iris.yaml"],
    pull: ["ci", "preview"],
    push: ["ci", "train"],
  },
  {
    change: "training code",
    files: ["training/src/training/gate.py"],
    pull: ["ci", "preview"],
    push: ["ci", "train"],
  },
  {
    change: "training and the API",
    files: ["training/Dockerfile", "serving/Dockerfile"],
    pull: ["ci", "preview"],
    push: ["ci", "deploy", "train"],
  },
  {
    change: "a dependency",
    files: ["package.json", "package-lock.json"],
    pull: ["ci", "preview"],
    push: ["ci", "deploy"],
  },
  {
    change: "what every job begins with",
    files: [".github/actions/prepare/action.yml"],
    pull: ["ci", "preview"],
    push: ["ci", "deploy"],
  },
  {
    change: "the workflow of training",
    files: [".github/workflows/train.yml"],
    pull: ["ci"],
    push: ["ci", "train"],
  },
  {
    change: "a file that only looks like the program",
    files: ["docs/index.ts"],
    pull: ["ci"],
    push: ["ci"],
  },
];

describe("what starts which workflow", () => {
  for (const { change, files, pull, push } of CASES) {
    it(`${change}: ${pull.join(", ")} on a pull request, ${push.join(", ")} on a merge`, () => {
      // sandbox.yml asks for a label, not for paths.
      const names = Object.keys(workflows).filter((name) => name !== "sandbox.yml");
      const found = (event: "push" | "pull_request") =>
        names.filter((name) => starts(name, event, files)).map((name) => name.replace(".yml", ""));
      assert.deepEqual(found("pull_request"), pull);
      assert.deepEqual(found("push"), push);
    });
  }

  it("deploys on a change of a stack's file where a branch deploys that stack, and of no other", () => {
    const stacks = readdirSync(ROOT).flatMap(
      (name) => /^Pulumi\.(\w+)\.yaml$/.exec(name)?.[1] ?? [],
    );
    const deployed = stacks.filter((stack) =>
      starts("deploy.yml", "push", [`Pulumi.${stack}.yaml`]),
    );
    const expression = String(workflows["deploy.yml"]?.jobs["deploy"]?.strategy?.matrix["stack"]);
    const byBranch = [...expression.matchAll(/'(\w+)'/g)].map(([, name]) => name);
    assert.ok(stacks.length > deployed.length, stacks.join(", "));
    assert.deepEqual(deployed.sort(), byBranch.sort());
  });

  it("deploys and trains from develop and main, and checks every branch", () => {
    assert.deepEqual(on("feature/page"), ["ci.yml"]);
    for (const branch of ["develop", "main"])
      assert.deepEqual(on(branch), ["ci.yml", "deploy.yml", "train.yml"]);
  });

  it("starts nothing from what Argo CD syncs, or a deployment would start the next", () => {
    for (const branch of ["gitops/staging", "gitops/pr-12"]) assert.deepEqual(on(branch), []);
    const gitlab = parse(text("docs/ci/gitlab-ci.yml")) as {
      workflow: { rules: { if?: string; when: string }[] };
    };
    assert.deepEqual(gitlab.workflow.rules, [
      { if: "$CI_COMMIT_BRANCH =~ /^gitops\\//", when: "never" },
      { when: "always" },
    ]);
  });

  it("deploys a tag of a version", () => {
    const { push } = workflows["deploy.yml"]?.on as unknown as { push: { tags: string[] } };
    assert.deepEqual(push.tags, ["v*.*.*"]);
  });

  it("makes, updates and removes a sandbox on every event that can mean it", () => {
    const types = workflows["sandbox.yml"]?.on["pull_request"]?.types;
    assert.deepEqual(types, ["labeled", "unlabeled", "synchronize", "reopened", "closed"]);
  });
});
