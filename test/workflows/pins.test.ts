import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { PREPARE, ROOT, prepare, steps, text, workflows } from "../support/workflow-files.ts";

describe("the versions that the workflows pin", () => {
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

  it("takes the Node that Pulumi's SDK asks for, as do package.json, .nvmrc and the other CI files", () => {
    const asked = (file: string) =>
      (JSON.parse(text(file)) as { engines: { node: string } }).engines.node;
    const sdk = asked("node_modules/@pulumi/pulumi/package.json");
    assert.equal(asked("package.json"), sdk);
    const [, major = ""] = /^>=(\d+)$/.exec(sdk) ?? [];
    assert.equal(text(".nvmrc"), `${major}\n`);
    assert.match(text("README.md"), new RegExp(`You need Node ${major} or newer`));
    const setups = [...steps.map(({ step }) => step), ...prepare.runs.steps].filter(({ uses }) =>
      uses?.startsWith("actions/setup-node@"),
    );
    assert.ok(setups.length > 0);
    for (const setup of setups) assert.equal(setup.with?.["node-version-file"], ".nvmrc");
    for (const file of readdirSync(join(ROOT, "docs/ci")).filter(
      (file) => !["drift-account.yaml", "image-policy.yaml"].includes(file),
    )) {
      const images = text(`docs/ci/${file}`).match(/node:\d+/g) ?? [];
      assert.deepEqual([...new Set(images)], [`node:${major}`], file);
    }
    for (const name of ["serving", "ui"]) {
      const [, used = ""] = /node:(\d+)/.exec(text(`${name}/Dockerfile`)) ?? [];
      assert.ok(Number(used) >= Number(major), name);
    }
  });

  it("takes Pulumi's CLI in the version of `npx pulumi`, and uv in that of the tools", () => {
    const { devDependencies } = JSON.parse(text("package.json")) as {
      devDependencies: Record<string, string>;
    };
    const cli = prepare.runs.steps.find(({ uses }) => uses?.startsWith("pulumi/actions@"));
    assert.equal(cli?.with?.["pulumi-version"], devDependencies["pulumi"]);
    const uv = steps.find(({ step }) => step.uses?.startsWith("astral-sh/setup-uv@"));
    assert.ok(
      text("tools/lib/python.ts").includes(`UV_VERSION = "${String(uv?.step.with?.["version"])}"`),
    );
  });
});
