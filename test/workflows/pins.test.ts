import assert from "node:assert/strict";
import { PREPARE, prepare, steps, text, workflows } from "../support/workflow-files.ts";

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
