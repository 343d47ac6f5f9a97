import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";

import { parse, stringify } from "yaml";

import { parseModelFile } from "../../src/model/model-file.ts";
import { PackageError } from "../../src/model/package-error.ts";
import { readModelFile } from "../../src/model/read-model-file.ts";
import { packageOf, type Metadata } from "../support/packages.ts";

/** An `MLmodel` of so many features. */
async function wide(features: number): Promise<string> {
  const text = readFileSync(path.join(await packageOf("diabetes"), "MLmodel"), "utf8");
  const document = parse(text) as { metadata: { slipway: Metadata } };
  const { slipway } = document.metadata;
  const [first] = slipway.features;
  const names = Array.from({ length: features }, (_, i) => `f${i}`);
  slipway.features = names.map((name) => ({
    ...structuredClone(first),
    name,
  }));
  slipway["example"] = Object.fromEntries(names.map((name) => [name, 1]));
  return stringify(document, { aliasDuplicateObjects: false });
}

/** The longest time in which this thread did nothing else, in milliseconds. */
async function longestPause(work: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }, 5);
  await work();
  clearInterval(timer);
  return longest;
}

describe("an MLmodel file, read in a thread", () => {
  it("is what reading it here gives", async () => {
    const text = readFileSync(path.join(await packageOf("iris"), "MLmodel"), "utf8");
    assert.deepEqual(await readModelFile(text), parseModelFile(text));
  });

  it("keeps its faults, and their kind", async () => {
    await assert.rejects(readModelFile("metadata: {slipway: {format: 2}}"), {
      name: "PackageError",
      fault: "metadata",
      message: /format is 2; this server reads format 1/,
    });
  });

  it("of 3000 features is read, and requests go on meanwhile", async () => {
    const text = await wide(3000);
    let features = 0;
    const started = performance.now();
    const pause = await longestPause(async () => {
      features = (await readModelFile(text)).package.features.length;
    });
    assert.equal(features, 3000);
    const whole = performance.now() - started;
    assert.ok(pause < whole / 3, `paused ${pause} of ${whole} ms`);
  });

  const hostile: [string, string][] = [
    ["three million brackets", "[".repeat(3e6)],
    ["lists in lists", "- ".repeat(2e6)],
    ["a million and a half numbers", `[${"1,".repeat(1.5e6)}]`],
    ["a million references", `a: &a {x: 1}\nb: [${"*a, ".repeat(1e6)}]`],
  ];
  for (const [what, text] of hostile) {
    it(`that is ${what} ends its thread, and nothing else`, async () => {
      await assert.rejects(readModelFile(text, { seconds: 30, heapMegabytes: 64 }), PackageError);
    });
  }

  it("that takes too long is given up", async () => {
    const slow = readModelFile("# a\n".repeat(1e6), { seconds: 0.2, heapMegabytes: 512 });
    await assert.rejects(slow, { message: /more than 0.2 s to read/ });
  });
});
