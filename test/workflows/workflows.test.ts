import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lintWorkflows, missingActionlint } from "../../tools/ci/actionlint.ts";
import {
  ROOT,
  jobs,
  prepare,
  scriptsIn,
  steps,
  text,
  workflows,
} from "../support/workflow-files.ts";

/** The only commands beside npm scripts: installing what docs/ci.md or the tests name. */
const INSTALLS = [
  "npm ci",
  "sudo apt-get install --yes --no-install-recommends prometheus prometheus-alertmanager prometheus-blackbox-exporter prometheus-postgres-exporter prometheus-pushgateway",
];
const missing = missingActionlint();

describe("the workflows", () => {
  it("are the seven that docs/ci.md lists", () => {
    assert.deepEqual(Object.keys(workflows).sort(), [
      "ci.yml",
      "deploy.yml",
      "drift.yml",
      "preview.yml",
      "sandbox.yml",
      "train.yml",
      "vulnerabilities.yml",
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

  describe("keep runs apart", () => {
    it("has one queue a stack for whatever changes it, and never breaks off what is at work", () => {
      const changing = jobs.filter(
        ({ file, name }) =>
          ["deploy.yml", "train.yml", "sandbox.yml"].includes(file) && name !== "deploy.yml: plan",
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
      for (const job of ["deploy", "train"])
        assert.equal(workflows[`${job}.yml`]?.jobs[job]?.concurrency?.queue, "max", job);
    });

    it("ends each job by itself", () => {
      for (const { name, job } of jobs) assert.ok((job["timeout-minutes"] ?? 999) <= 180, name);
    });

    it("lets a newer preview take the place of an older one", () => {
      const { concurrency } = workflows["preview.yml"]?.jobs["preview"] ?? {};
      assert.equal(concurrency?.["cancel-in-progress"], true);
      assert.match(concurrency.group, /matrix\.stack.*github\.ref/);
    });

    it("waits for prod's approval: the job of a stack is in the stack's environment", () => {
      for (const name of ["deploy", "train"]) {
        const environment = workflows[`${name}.yml`]?.jobs[name]?.environment;
        assert.equal(
          typeof environment === "object" ? environment.name : environment,
          "${{ matrix.stack }}",
          name,
        );
      }
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
