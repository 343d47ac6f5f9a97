import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { ROOT, type Job, type Step, jobs, text, workflows } from "../support/workflow-files.ts";

/** The one environment that code of a pull request may be in: what it holds opens sandboxes alone (docs/ci.md). */
const SANDBOX = "sandbox";
/** Every environment that a job names, and who stands before it: docs/ci.md makes them so. */
const ENVIRONMENTS: Record<string, string[]> = {
  "${{ matrix.stack }}": ["deploy.yml: deploy", "train.yml: train"],
  // Of the default branch alone: the workflow is started by the clock.
  "${{ matrix.stack }}-drift": ["drift.yml: drift"],
  [SANDBOX]: ["sandbox.yml: destroy", "sandbox.yml: hand", "sandbox.yml: sweep", "sandbox.yml: up"],
};

const environmentOf = ({ environment }: Job): string | undefined =>
  typeof environment === "object" ? environment.name : environment;

/** What a job with code of a pull request, or of any branch, could carry away. */
function loot(job: Job): string[] {
  const written = JSON.stringify(job);
  const environment = environmentOf(job);
  const sandbox = environment === SANDBOX;
  const prepares = job.steps.find(({ uses }) => uses === "./.github/actions/prepare");
  return [
    ...(environment !== undefined && !sandbox ? [`environment ${environment}`] : []),
    ...(!sandbox && /\bsecrets(\.|\[|\))/.test(written) ? ["secrets"] : []),
    ...(!sandbox && job.permissions?.["id-token"] !== undefined ? ["id-token"] : []),
    ...(job.permissions?.["contents"] === "write" ? ["contents: write"] : []),
    ...(sandbox && prepares?.with?.["stack"] !== "pr" ? ["a stack other than pr"] : []),
  ];
}

/** Whether a job can run what nobody has merged: on a pull request, or on a push to any branch. */
function runsAnyCode(file: string, job: Job): boolean {
  const on = workflows[file]?.on ?? {};
  const byPush = "push" in on && on["push"]?.branches === undefined;
  if (!("pull_request" in on) && !byPush) return false;
  return !/^github\.event_name == '(schedule|workflow_dispatch)'$/.test(job.if ?? "");
}

/** Whether what is checked out is the branch that a pull request goes into. */
function checksOutBase({ steps }: Job): boolean {
  const checkouts = steps.filter(({ uses }) => uses?.startsWith("actions/checkout@"));
  return checkouts.every((step) => {
    return /^\$\{\{ github\.event\.pull_request\.base\.(sha|ref) \}\}$/.test(refOf(step));
  });
}

function refOf({ with: inputs = {} }: Step): string {
  const ref = inputs["ref"];
  return typeof ref === "string" ? ref : "";
}

describe("code that nobody has approved", () => {
  const running = jobs.filter(({ file, job }) => runsAnyCode(file, job));

  it("runs in the checks, the preview and sandboxes", () => {
    assert.deepEqual(
      running.map(({ name }) => name),
      [
        "ci.yml: check",
        "preview.yml: preview",
        "preview.yml: comment",
        "sandbox.yml: up",
        "sandbox.yml: destroy",
      ],
    );
  });

  for (const { name, job } of running) {
    it(`finds nothing of a stack to carry away in ${name}`, () => {
      assert.deepEqual(loot(job), []);
    });
  }

  it("would be noticed with a secret, a login, an environment, or the stack of people in a sandbox", () => {
    const steps = [{ env: { KEY: "${{ secrets.KEY }}" } }];
    assert.deepEqual(loot({ steps, environment: "prod-preview" }), [
      "environment prod-preview",
      "secrets",
    ]);
    assert.deepEqual(loot({ steps: [], environment: { name: "${{ matrix.stack }}-preview" } }), [
      "environment ${{ matrix.stack }}-preview",
    ]);
    const rights = { "id-token": "write", contents: "write" };
    assert.deepEqual(loot({ steps: [], permissions: rights }), ["id-token", "contents: write"]);
    const uses = "./.github/actions/prepare";
    const prod = { uses, with: { stack: "prod" } };
    assert.deepEqual(loot({ steps: [prod], environment: SANDBOX }), ["a stack other than pr"]);
  });

  it("is not what writes the comments of previews", () => {
    const writing = running.filter(
      ({ name, job }) =>
        job.permissions?.["pull-requests"] === "write" && name !== "sandbox.yml: up",
    );
    assert.deepEqual(
      writing.map(({ name }) => name),
      ["preview.yml: comment"],
    );
    for (const { name, job } of writing) assert.ok(checksOutBase(job), name);
  });

  it("has no environment to name beside those that docs/ci.md closes", () => {
    const named = new Map<string, string[]>();
    for (const { name, job } of jobs) {
      const environment = environmentOf(job);
      if (environment !== undefined)
        named.set(environment, [...(named.get(environment) ?? []), name].sort());
    }
    assert.deepEqual(Object.fromEntries(named), ENVIRONMENTS);
  });

  it("starts no night's comparison: that is the default branch's, by the clock or by hand", () => {
    assert.deepEqual(Object.keys(workflows["drift.yml"]?.on ?? {}), [
      "schedule",
      "workflow_dispatch",
    ]);
  });
});

describe("a deployment", () => {
  const { plan, deploy } = workflows["deploy.yml"]?.jobs ?? {};

  it("says what it would change before anybody is asked, without a secret", () => {
    assert.ok(plan && deploy);
    assert.equal(deploy.needs, "plan");
    assert.deepEqual(deploy.strategy, plan.strategy);
    assert.deepEqual(loot(plan), []);
    const runs = plan.steps.flatMap(({ run = "" }) => run);
    assert.ok(runs.includes('npm run ci:check -- --stack "$STACK" --for plan'), runs.join("\n"));
    assert.ok(runs.includes('npm run preview -- --stack "$STACK" --against "$BASE"'));
  });

  it("shows what the engine would change before it changes it", () => {
    const runs = deploy?.steps.flatMap(({ run = "" }) => run) ?? [];
    const [preview, up] = ["npm run preview", "npm run deploy"].map((script) =>
      runs.findIndex((run) => run.startsWith(script)),
    );
    assert.ok(preview !== undefined && up !== undefined && preview >= 0 && preview < up);
  });
});

describe("docs/ci.md", () => {
  const page = text("docs/ci.md");

  it("closes every environment but the sandboxes' and dev's to other branches", () => {
    const [, step = ""] = /2\. \*\*Environments\.\*\*([^]*?)\n3\. /.exec(page) ?? [];
    const closed = [...step.matchAll(/^ *closed ([\w-]+) /gm)].map(([, name]) => name);
    assert.deepEqual(closed.sort(), [
      "dev-drift",
      "prod",
      "prod-drift",
      "staging",
      "staging-drift",
    ]);
    assert.match(step, /"reviewers"/);
  });

  it("lets no account in by a subject with a wildcard", () => {
    assert.doesNotMatch(page, /environment:\*/);
  });

  it("has people delete the environments of previews, which held prod's secrets once", () => {
    const lines = page.split("\n").filter((line) => /\b(prod|staging|dev)-preview\b/.test(line));
    assert.ok(lines.length > 0);
    for (const line of lines) assert.match(line, /DELETE|--name preview-prod/, line);
  });
});

describe("GitLab CI and Cloud Build", () => {
  const gitlab = parse(text("docs/ci/gitlab-ci.yml")) as Record<
    string,
    { extends?: string; environment?: { name: string }; rules?: { if?: string }[] }
  >;

  it("give a merge request of GitLab's no environment but a sandbox of its own", () => {
    const merged = Object.entries(gitlab).filter(([, { rules = [] }]) =>
      [rules].flat().some(({ if: when = "" }) => /merge_request|MERGE_REQUEST/.test(when)),
    );
    assert.deepEqual(
      merged.map(([name, { environment }]) => [name, environment?.name]),
      [
        ["check", undefined],
        ["preview", undefined],
        ["sandbox", "sandbox/$CI_MERGE_REQUEST_IID"],
        ["sandbox removed", "sandbox/$CI_MERGE_REQUEST_IID"],
      ],
    );
    assert.equal(gitlab["preview"]?.extends, undefined);
  });

  it("give a pull request of Cloud Build's neither a secret nor a cluster", () => {
    const files = readdirSync(join(ROOT, "docs/ci")).filter((name) =>
      name.startsWith("cloudbuild"),
    );
    const secretive = files.filter((name) =>
      /secret|gcloud|KUBECONFIG/i.test(text(`docs/ci/${name}`).replaceAll(/^ *#.*/gm, "")),
    );
    assert.deepEqual(secretive, ["cloudbuild.yaml"]);
    assert.doesNotMatch(text("docs/ci/cloudbuild.yaml"), /preview\)|_TASK: (preview|deploy)/);
  });
});
