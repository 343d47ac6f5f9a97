import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parse } from "yaml";
import { ROOT } from "../../../tools/lib/paths.ts";
import { policies } from "../../../policy/policies.ts";
import { EXCEPTIONS } from "../../../tools/validate/kube-score-exceptions.ts";
import { criticals, kubeScore } from "../../../tools/validate/kube-score.ts";
import { VALIDATORS } from "../../../tools/validate/index.ts";
import { type Manifest, violations } from "../../support/policy-harness.ts";

const STACKS = ["dev", "staging", "prod", "sandbox", "pr"];

describe("every rendered object", function () {
  this.timeout(900_000);
  const rendered = new Map<string, string[]>();
  let folder = "";

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-objects-"));
    for (const stack of STACKS) {
      const out = join(folder, stack);
      const args = ["--import", "tsx", "tools/render/index.ts", "--stack", stack, "--out", out];
      execFileSync(process.execPath, args, { cwd: ROOT, stdio: ["ignore", "ignore", "inherit"] });
      const files = readdirSync(out).filter((file) => file.endsWith(".yaml"));
      rendered.set(
        stack,
        files.filter((file) => file !== "kustomization.yaml").map((file) => join(out, file)),
      );
    }
  });

  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  for (const stack of STACKS) {
    const files = (): string[] => rendered.get(stack) ?? [];

    for (const validator of VALIDATORS) {
      const reason = validator.missing();
      const title = `of ${stack} passes ${validator.name}`;
      if (reason !== undefined) {
        it.skip(`${title} (cannot run: ${reason})`);
        continue;
      }
      it(title, () => {
        assert.ok(files().length > 0);
        const found = validator
          .check(files())
          .map(({ file, message }) => `${basename(file)}: ${message}`);
        assert.deepEqual(found, []);
      });
    }

    it(`of ${stack} keeps the policies`, async () => {
      const found: string[] = [];
      for (const policy of policies()) {
        for (const file of files()) {
          const object = parse(readFileSync(file, "utf8"), { version: "1.1" }) as Manifest;
          // Protection is an option of the resource, which a file does not show: test/program covers it.
          const messages = await violations(policy, object, { stack, protect: true });
          found.push(...messages.map((text) => `${basename(file)}: ${policy.name}: ${text}`));
        }
      }
      assert.deepEqual(found, []);
    });
  }

  const reason = kubeScore.missing();
  const title = "needs each of kube-score's exceptions";
  if (reason !== undefined) {
    it.skip(`${title} (cannot run: ${reason})`);
  } else {
    it(title, () => {
      const used = [...rendered.values()].flatMap(criticals).map(({ exception }) => exception);
      assert.deepEqual(
        EXCEPTIONS.filter((exception) => !used.includes(exception)),
        [],
      );
    });
  }
});
