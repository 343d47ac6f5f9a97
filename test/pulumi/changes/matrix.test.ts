import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Change } from "../../../tools/lib/changes/change.ts";
import { sentencesOf } from "../../../tools/lib/changes/words.ts";
import { changesPage, outcomeOf, withBase } from "../../../tools/docs/changes/page.ts";
import { ROWS } from "../../../tools/docs/changes/rows.ts";
import { DATA } from "../../../components/lib/held-data.ts";
import { describeStack, settings } from "../../support/edited-stack.ts";
import { long } from "../../support/long.ts";

const rows = Object.entries(ROWS).flatMap(([area, found]) =>
  found.map((row) => ({ area, ...row })),
);

describe("docs/changes.md", function () {
  this.timeout(600_000);

  it("is what evaluating each row says (else run `npm run docs`)", async () => {
    const page = join(import.meta.dirname, "../../../docs/changes.md");
    assert.equal(readFileSync(page, "utf8"), await changesPage());
  });

  it("has at least 60 edits, each once", () => {
    const names = rows.map(({ area, edit }) => `${area}: ${edit}`);
    assert.ok(names.length >= 60, String(names.length));
    assert.equal(new Set(names).size, names.length);
  });
});

describeStack("an edit of the change matrix, asked of the real engine", (stack) => {
  for (const [index, row] of rows.filter(({ real }) => real).entries()) {
    // Each costs a preview.
    (index % 3 === 0 ? it : long)(`does what the page says: ${row.area}, ${row.edit}`, async () => {
      assert.equal(row.from, undefined, "a row that is asked of the engine starts from BASE");
      const { refused, changes } = await outcomeOf(row);
      const allowed = refused.length > 0 ? { allowDataLoss: DATA } : {};
      const announced = stack.preview(settings(withBase({ ...row.to, ...allowed })));
      const ours = refused.length > 0 ? announced.filter(besideTheKey(changes)) : announced;
      assert.deepEqual(lines(ours), lines(changes));
      assert.deepEqual(sentencesOf(ours).sort(), sentencesOf(changes).sort());
    });
  }
});

/** The key that lets data go is an annotation of each claim: an update that the edit alone does not make. */
function besideTheKey(expected: readonly Change[]) {
  return ({ op, kind, name }: Change) =>
    op !== "update" ||
    kind !== "PersistentVolumeClaim" ||
    expected.some((change) => change.kind === kind && change.name === name);
}

function lines(changes: readonly Change[]): string[] {
  return changes.map(({ op, kind, name }) => `${op} ${kind} ${name}`).sort();
}
