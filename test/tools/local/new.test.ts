import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { parse } from "yaml";
import { ROOT } from "../../../tools/lib/paths.ts";

describe("npm run new and check:model", () => {
  let folder: string;
  const command = (name: string, ...args: string[]) =>
    execa("node", ["--import", "tsx", `tools/local/${name}.ts`, ...args], {
      ...{ cwd: ROOT, reject: false },
    });

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), "slipway-new-"));
    const rows = Array.from(
      { length: 80 },
      (_, i) => `${i % 9};${i},5;${i % 3 === 0 ? "ja" : "nein"};2026-01-${1 + (i % 28)}`,
    );
    const csv = ["besuche;betrag;gekündigt;seit", ...rows].join("\n");
    writeFileSync(path.join(folder, "kunden.csv"), csv);
  });

  after(() => {
    rmSync(folder, { recursive: true });
  });

  it("draft a YAML from a CSV that nobody has described, which the training takes", async () => {
    const data = path.join(folder, "kunden.csv");
    const drafted = await command("new", "--data", data, "--target", "gekündigt");
    assert.equal(drafted.exitCode, 0, drafted.stderr);
    const file = path.join(folder, "kunden.yaml");
    assert.deepEqual(parse(readFileSync(file, "utf8")), {
      name: "kunden-model",
      task: "classification",
      data: { source: "csv:kunden.csv", separator: ";", decimal: ",", drop: ["seit"] },
      target: { column: "gekündigt", positive: "ja" },
    });
    assert.match(drafted.stdout, /'seit' holds dates such as '2026-01-1'/);
    assert.match(drafted.stdout, new RegExp(`npm start -- --model ${file}`));
    const checked = await command("check-model", file);
    assert.equal(checked.exitCode, 0, checked.stderr);
    assert.match(checked.stdout, /number \(all values are numbers\): betrag/);
    const again = await command("new", "--data", data, "--target", "gekündigt");
    assert.equal(again.exitCode, 2);
    assert.match(again.stderr, /exists already/);
  });

  it("ask for the target, and list the columns", async () => {
    const { exitCode, stderr } = await command("new", "--data", path.join(folder, "kunden.csv"));
    assert.equal(exitCode, 2);
    assert.match(
      stderr,
      /to be predicted\? write --target and one of besuche, betrag, gekündigt \(likely: 'gekündigt'\)/,
    );
  });

  it("say how they are used", async () => {
    const [one, other] = await Promise.all([command("new"), command("check-model")]);
    assert.match(one.stderr, /--data is needed\nusage: npm run new/);
    assert.match(other.stderr, /name a YAML file\nusage: npm run check:model/);
    assert.deepEqual([one.exitCode, other.exitCode], [2, 2]);
  });
});
