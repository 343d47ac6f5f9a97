import assert from "node:assert/strict";
import { execa } from "execa";
import { explain } from "../../../tools/lib/explain.ts";

describe("what a person reads of a command that failed", () => {
  const failed = async (stderr: "pipe" | "ignore") =>
    execa("sh", ["-c", "echo no disk >&2; exit 3"], { stderr }).then(
      () => assert.fail("it did not fail"),
      (error: unknown) => explain(error),
    );

  it("is what the command said", async () => {
    assert.match(await failed("pipe"), /^'sh .*' failed \(3\):\nno disk$/);
  });

  it("is where to look, where its words went to the screen", async () => {
    assert.match(await failed("ignore"), /^'sh .*' failed \(3\); what it said is above$/);
  });
});
