import assert from "node:assert/strict";
import { historyTable, joinHistory } from "../../../tools/ops/history-rows.ts";
import type { Entry } from "../../../tools/lib/stack/history.ts";

const SHA = "1a2b3c4".padEnd(40, "0");
const deployed: Entry = {
  at: "2026-11-22T02:00:00.000Z",
  event: "deploy",
  by: "ada",
  result: "ok",
  sha: SHA,
  images: { serving: `registry.example.com/a/serving:9f8e7d6@sha256:${"ab".repeat(32)}` },
  models: { "iris-model": "1", "titanic-model": "7" },
};
const promoted = { version: "2", at: "2026-11-22T03:00:00.000Z", by: "training" };

describe("the history of an environment", () => {
  it("joins deployments and promotions by time, each with the versions that were live", () => {
    const back = {
      ...promoted,
      version: "1",
      at: "2026-11-22T04:00:00.000Z",
      by: "eve",
      reason: "drift",
    };
    const asleep: Entry = {
      at: "2026-11-22T05:00:00.000Z",
      event: "sleep",
      by: "ada",
      result: "ok",
    };
    const rows = joinHistory([deployed, asleep], new Map([["iris-model", [promoted, back]]]));
    assert.deepEqual(
      rows.map(({ event, by, models, note }) => [
        event,
        by,
        models?.["iris-model"],
        models?.["titanic-model"],
        note,
      ]),
      [
        ["deploy", "ada", "1", "7", undefined],
        ["model", "training", "2", "7", "promoted"],
        ["model", "eve", "1", "7", "rolled back: drift"],
        ["sleep", "ada", "1", "7", undefined],
      ],
    );
  });

  it("is a plain table of commits, digests and versions", () => {
    const lines = historyTable(joinHistory([{ ...deployed, dirty: true }], new Map())).split("\n");
    assert.equal(lines.length, 2);
    assert.match(lines[0] ?? "", /^WHEN \(UTC\) +WHAT +RESULT +COMMIT +IMAGES +MODELS +WHO +NOTE$/);
    assert.match(
      lines[1] ?? "",
      /^2026-11-22 02:00:00 +deploy +ok +1a2b3c4\+ +serving=abababa +iris-model=1 titanic-model=7 +ada$/,
    );
  });
});
