import assert from "node:assert/strict";
import { Failure } from "../../../tools/lib/failure.ts";
import { versionToAsk } from "../../../tools/ops/version-to-ask.ts";

const versions = ["1", "2"].map((version) => ({ version, status: "READY", tags: {}, run: "r" }));
const aliases = { champion: "2", previous: "1" };
const ask = (
  wanted: { version?: string; alias?: string },
  of = aliases as Record<string, string>,
) => versionToAsk("a-model", versions, of, wanted);

describe("The version that answers a batch", () => {
  it("is the champion, unless a number or an alias says another", () => {
    assert.deepEqual([ask({}), ask({ version: "1" }), ask({ alias: "previous" })], ["2", "1", "1"]);
  });

  it("is refused with those that there are", () => {
    const refused = (wanted: Parameters<typeof ask>[0], said: string, of?: typeof aliases) => {
      assert.throws(() => ask(wanted, of), new Failure(said, 2));
    };
    refused({ version: "3" }, "--version 3: a-model has no such version; it has 1, 2");
    refused(
      { alias: "constructor" },
      "--alias constructor: no version of a-model has it; aliases are champion, previous, versions 1, 2 (--version)",
    );
    refused(
      {},
      "--alias champion: no version of a-model has it; aliases are none, versions 1, 2 (--version)",
      {} as typeof aliases,
    );
  });
});
