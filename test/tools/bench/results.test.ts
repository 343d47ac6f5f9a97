import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { benchmarksPage } from "../../../tools/bench/page.ts";
import { median, ratios, type Results } from "../../../tools/bench/results.ts";

const DOCS = join(import.meta.dirname, "..", "..", "..", "docs");
const read = (file: string): string => readFileSync(join(DOCS, file), "utf8");
const committed = (): Results => JSON.parse(read("benchmarks.json")) as Results;

describe("npm run bench", () => {
  it("takes the middle value, or the mean of the two in the middle", () => {
    assert.equal(median([9, 1, 5]), 5);
    assert.equal(median([4, 1, 2, 100]), 3);
  });

  it("has no median of nothing", () => {
    assert.throws(() => median([]), /no values/);
  });

  it("divides what was measured in the same round", () => {
    assert.deepEqual(ratios([10, 30], [5, 10]), [2, 3]);
  });

  it("writes the page that its metrics say (else run it again)", async () => {
    assert.equal(read("benchmarks.md"), await benchmarksPage(committed()));
  });

  it("says so when the machine was busy, and only then", async () => {
    const { machine, program, serving } = committed();
    const page = (load: number): Promise<string> =>
      benchmarksPage({ program, serving, machine: { ...machine, cores: 2, load } });
    assert.match(await page(4), /The machine was busy/);
    assert.doesNotMatch(await page(0.2), /The machine was busy/);
  });

  it("reports growth from the smallest number of models to the largest", async () => {
    const results = committed();
    const metrics = { resources: 1, seconds: 1, cpuSeconds: 1, mib: 100 };
    const grown = [
      { ...metrics, models: 1 },
      { ...metrics, models: 50, cpuSeconds: 5.9, mib: 345 },
    ];
    const page = await benchmarksPage({ ...results, program: { ...results.program, grown } });
    assert.match(page, /50 times the models cost 5\.9 times the CPU time and 3\.5 times/);
    assert.match(page, /from 1 to 50: 100 ms of CPU and 5 MiB/);
  });
});
