import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lintWorkflows, missingActionlint } from "../../tools/ci/actionlint.ts";
import {
  PREPARE,
  ROOT,
  jobs,
  prepare,
  scriptsIn,
  steps,
  text,
  workflows,
} from "./workflow-files.ts";

/** The only commands beside npm scripts: installing what docs/ci.md or the tests name. */
const INSTALLS = ["npm ci", "sudo apt-get install --yes --no-install-recommends prometheus"];
const missing = missingActionlint();

describe("the workflows", () => {
  it("are the five that docs/ci.md lists", () => {
    assert.deepEqual(Object.keys(workflows).sort(), [
      "ci.yml",
      "deploy.yml",
      "preview.yml",
      "sandbox.yml",
      "train.yml",
    ]);
    for (const file of Object.keys(workflows))
      assert.ok(text("docs/ci.md").includes(`workflows/${file}`), file);
  });

  describe(`in actionlint's eyes${missing === undefined ? "" : ` (skipped: ${missing})`}`, () => {
    before(function () {
      if (missing !== undefined) this.skip();
      this.timeout(300_000);
    });

    it("are clean", () => {
      assert.equal(lintWorkflows(ROOT, []), "");
    });

    it("would not be with a key, an expression or a runner that does not exist", () => {
      const folder = mkdtempSync(join(tmpdir(), "slipway-actionlint-"));
      const file = join(folder, "bad.yml");
      const bad = text(".github/workflows/deploy.yml")
        .replace("timeout-minutes", "time-out")
        .replace("matrix.stack }}", "matrix.stage }}")
        .replace("runs-on: ubuntu-24.04", "runs-on: ubuntu-1.04");
      writeFileSync(file, bad);
      try {
        const said = lintWorkflows(ROOT, [file]);
        for (const word of ["time-out", '"stage" is not defined', "ubuntu-1.04"])
          assert.ok(said.includes(word), said);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  });

  describe("are thin", () => {
    const { scripts } = JSON.parse(text("package.json")) as { scripts: Record<string, string> };
    const tests = readdirSync(join(ROOT, "test"), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".test.ts"))
      .map((name) => text(join("test", name)))
      .join("\n");

    for (const { name, step } of steps) {
      if (step.run === undefined) continue;
      it(`${name} runs one npm script, or installs: ${step.run}`, () => {
        if (INSTALLS.includes(step.run ?? "")) return;
        assert.match(step.run ?? "", /^npm run [\w:-]+( -- [\w\s$"./-]+)?$/);
        const [script = ""] = scriptsIn(step.run ?? "");
        assert.ok(script in scripts, `package.json has no script ${script}`);
        // Whatever a workflow calls runs in a test, as an npm script or as the file behind it.
        const file = /tools\/\S+\.ts/.exec(scripts[script] ?? "")?.[0] ?? script;
        assert.ok(
          [`"${script}"`, `run ${script}`, file, `npm("${script}`].some((mention) =>
            tests.includes(mention),
          ),
          `no test runs ${script} (${file})`,
        );
      });
    }

    it("take what people write by way of variables, never as part of a command", () => {
      for (const { name, step } of steps)
        assert.ok(!(step.run ?? "").includes("${{"), `${name}: ${step.run ?? ""}`);
    });
  });

  describe("may do little", () => {
    /** All that each job may do beyond reading the repository; deploy writes the branch that Argo CD syncs. */
    const MORE: Record<string, string[]> = {
      "ci.yml: check": [],
      "deploy.yml: deploy": ["contents: write", "id-token: write"],
      "preview.yml: fork": [],
      "preview.yml: preview": ["id-token: write", "pull-requests: write"],
      "sandbox.yml: destroy": ["id-token: write"],
      "sandbox.yml: hand": ["id-token: write"],
      "sandbox.yml: sweep": ["id-token: write", "pull-requests: read"],
      "sandbox.yml: up": ["id-token: write", "pull-requests: write"],
      "train.yml: train": ["id-token: write"],
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
          [
            name,
            [...(more.includes("contents: write") ? [] : ["contents: read"]), ...more],
          ] as const,
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
      const expression = /\$\{\{ github\.(\w+) \}\}/;
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

    it("ends each job by itself", () => {
      for (const { name, job } of jobs) assert.ok((job["timeout-minutes"] ?? 999) <= 180, name);
    });
  });

  describe("are pinned", () => {
    const files = [...Object.keys(workflows).map((file) => `.github/workflows/${file}`), PREPARE];
    const uses = files.flatMap((file) =>
      [...text(file).matchAll(/uses: (\S+)(.*)/g)].map(([, action = "", rest = ""]) => ({
        file,
        action,
        rest,
      })),
    );

    it("names each action of others by commit, with its version beside it", () => {
      for (const { file, action, rest } of uses) {
        if (action.startsWith("./")) continue;
        assert.match(`${action}${rest}`, /^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/, file);
      }
    });

    it("has one version of each", () => {
      const commits = new Map<string, Set<string>>();
      for (const { action } of uses) {
        const [name = "", commit = ""] = action.split("@");
        commits.set(name, (commits.get(name) ?? new Set()).add(commit));
      }
      for (const [name, found] of commits) assert.equal(found.size, 1, name);
    });

    it("takes Pulumi's CLI in the version of `npx pulumi`, and uv in that of the tools", () => {
      const { devDependencies } = JSON.parse(text("package.json")) as {
        devDependencies: Record<string, string>;
      };
      const cli = prepare.runs.steps.find(({ uses }) => uses?.startsWith("pulumi/actions@"));
      assert.equal(cli?.with?.["pulumi-version"], devDependencies["pulumi"]);
      const uv = steps.find(({ step }) => step.uses?.startsWith("astral-sh/setup-uv@"));
      assert.ok(
        text("tools/local/python.ts").includes(
          `UV_VERSION = "${String(uv?.step.with?.["version"])}"`,
        ),
      );
    });
  });

  describe("keep runs apart", () => {
    it("has one queue a stack for whatever changes it, and never breaks off what is at work", () => {
      const changing = jobs.filter(({ file }) =>
        ["deploy.yml", "train.yml", "sandbox.yml"].includes(file),
      );
      for (const { name, job } of changing) {
        assert.equal(job.concurrency?.["cancel-in-progress"], false, name);
        if (name === "sandbox.yml: sweep") continue;
        assert.match(
          job.concurrency.group,
          /^stack-(\$\{\{ matrix\.stack \}\}|pr-\$\{\{ [\w.]*number \}\})$/,
          name,
        );
      }
    });

    it("loses neither of a deployment and a training that wait for the same stack", () => {
      for (const file of ["deploy.yml", "train.yml"]) {
        for (const [name, { concurrency }] of Object.entries(workflows[file]?.jobs ?? {}))
          assert.equal(concurrency?.queue, "max", `${file}: ${name}`);
      }
    });

    it("lets a newer preview take the place of an older one", () => {
      const { concurrency } = workflows["preview.yml"]?.jobs["preview"] ?? {};
      assert.equal(concurrency?.["cancel-in-progress"], true);
      assert.match(concurrency.group, /matrix\.stack.*github\.ref/);
    });

    it("waits for prod's approval: the job of a stack is in the stack's environment", () => {
      for (const file of ["deploy.yml", "train.yml"]) {
        const [job] = Object.values(workflows[file]?.jobs ?? {});
        const environment = job?.environment;
        assert.equal(
          typeof environment === "object" ? environment.name : environment,
          "${{ matrix.stack }}",
          file,
        );
      }
    });
  });

  describe("give a fork nothing", () => {
    const uncovered = jobs.filter(({ job }) => /secrets\.|id-token/.test(JSON.stringify(job)));

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

    it("tells the fork why", () => {
      const fork = workflows["preview.yml"]?.jobs["fork"];
      assert.ok(!/secrets\.|github\.token|environment/.test(JSON.stringify(fork)));
      assert.ok(fork?.steps.some(({ run }) => run === "npm run ci:fork"));
    });

    it("shows a secret to steps, never to a whole job", () => {
      for (const { name, job } of jobs) assert.ok(!("env" in job), name);
      for (const [file, workflow] of Object.entries(workflows))
        assert.ok(!("env" in workflow), file);
    });
  });

  it("know the whole history wherever images are named after it", () => {
    for (const { name, job } of jobs) {
      if (!job.steps.some(({ uses }) => uses === "./.github/actions/prepare")) continue;
      const checkout = job.steps.find(({ uses }) => uses?.startsWith("actions/checkout@"));
      assert.equal(checkout?.with?.["fetch-depth"], 0, name);
    }
  });

  it("hand the shared steps only inputs that they have", () => {
    for (const { name, step } of steps) {
      if (step.uses !== "./.github/actions/prepare") continue;
      for (const input of Object.keys(step.with ?? {}))
        assert.ok(input in prepare.inputs, `${name}: ${input}`);
    }
  });

  it("can be started by hand", () => {
    for (const [file, { on }] of Object.entries(workflows))
      assert.ok("workflow_dispatch" in on, file);
  });
});
