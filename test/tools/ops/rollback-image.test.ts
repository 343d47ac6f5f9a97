import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pinOf, readPins, writePins } from "../../../tools/ops/pins.ts";
import type { Entry } from "../../../tools/lib/stack/history.ts";
import { chooseImage, unfinished } from "../../../tools/ops/rollback-image.ts";

const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
const pin = (tag: string, digit: string) => `registry.example.com/a/ui:${tag}@${digest(digit)}`;
const [first, second, live] = [pin("1111111", "1"), pin("2222222", "2"), pin("3333333", "3")];
const past = [live, second, first].map((one, index) => ({ pin: one, at: `2026-11-0${9 - index}` }));
const choose = (to?: string, records: Entry[] = [], from = live) =>
  chooseImage({ image: "ui", live: from, past, records, to });

describe("the image to go back to", () => {
  it("is the one before", () => {
    assert.equal(choose(), second);
  });

  it("is an even earlier one after a rollback", () => {
    const back: Entry = { at: "2026-11-22", event: "rollback", by: "a", result: "ok", left: live };
    assert.equal(choose(undefined, [back], second), first);
  });

  it("is an even earlier one after a rollback which was killed, and ended by a deployment", () => {
    const images = { ui: second };
    const begun: Entry = {
      ...{ at: "2026-11-22", event: "rollback", by: "a", result: "begun", left: live },
    };
    const ended: Entry = { at: "2026-11-23", event: "deploy", by: "a", result: "ok", images };
    assert.equal(unfinished("ui", second, [begun, ended]), undefined);
    assert.equal(choose(undefined, [begun, ended], second), first);
  });

  it("is that of a rollback which was killed, although it may run already", () => {
    const images = { ui: live, serving: "registry.example.com/a/serving:1111111" };
    const ran: Entry = { at: "2026-11-22", event: "deploy", by: "a", result: "ok", images };
    const begun = unfinished("ui", second, [ran]);
    assert.equal(begun, second);
    for (const runs of [live, second]) {
      assert.equal(chooseImage({ image: "ui", live: runs, past, records: [ran], begun }), second);
    }
    const ended: Entry = { ...ran, event: "rollback", images: { ui: second }, left: live };
    assert.equal(unfinished("ui", second, [ran, ended]), undefined);
    assert.equal(unfinished("ui", undefined, [ran]), undefined);
    assert.equal(unfinished("ui", second, []), undefined);
  });

  it("is named by tag, commit, digest or reference", () => {
    for (const to of ["1111111", "1111111".padEnd(40, "0"), digest("1"), first]) {
      assert.equal(choose(to), first);
    }
    const unknown = pin("4444444", "4");
    assert.equal(choose(unknown), unknown);
  });

  it("is refused when it never ran, and what did is listed", () => {
    assert.throws(
      () => choose("9999999"),
      /--to 9999999: no such image; known.*\n.*3333333@sha256:3+ \(2026-11-09\)/s,
    );
  });

  it("is refused when it runs already, or nothing ran before", () => {
    assert.throws(() => choose(live), /runs .* already/);
    assert.throws(
      () => chooseImage({ image: "ui", live, past: [], records: [] }),
      /no earlier image of ui/,
    );
  });
});

describe("pins in a stack file", () => {
  const folder = mkdtempSync(join(tmpdir(), "slipway-pins-"));
  const file = join(folder, "Pulumi.dev.yaml");
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it("leave comments, order and everything else as it was", () => {
    const text = readFileSync(join(import.meta.dirname, "../../../Pulumi.sandbox.yaml"), "utf8");
    writeFileSync(file, text);
    writePins(file, { ui: first });
    writePins(file, { serving: second, ui: live });
    assert.equal(
      readFileSync(file, "utf8"),
      `${text.trimEnd()}\n  slipway:pins:\n    ui: ${live}\n    serving: ${second}\n`,
    );
    assert.deepEqual(readPins(file), { ui: live, serving: second });
  });

  it("are made of what a pod runs and the tag in its labels", () => {
    assert.equal(pinOf(`registry.example.com/a/ui@${digest("1")}`, "1111111"), first);
    assert.equal(pinOf("slipway.local/ui:1111111", "1111111"), "slipway.local/ui:1111111");
  });
});
