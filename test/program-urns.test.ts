import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { rawStack } from "../tools/lib/stack/stack-file.ts";
import { stack } from "./support/evaluation.ts";

/**
 * What stacks that exist have in their state, as `<types of the parents>$<type>::<name>`: written before components
 * got their objects from one builder. A resource that is gone from here is deleted by the next `up`, one that is
 * found under another name is replaced.
 */
const BEFORE = JSON.parse(
  readFileSync(join(import.meta.dirname, "support/urns.json"), "utf8"),
) as Record<string, string[]>;

describe("the resources of a stack that exists", () => {
  for (const [name, before] of Object.entries(BEFORE)) {
    it(`are found again in ${name}, so that none is replaced`, async () => {
      // The store was MinIO then, which `kind: minio` goes on with.
      const { objectStore } = rawStack(name) as { objectStore?: object };
      const { resources } = await stack(name, { objectStore: { ...objectStore, kind: "minio" } });
      const known = new Set(resources.flatMap(({ urns }) => urns));
      assert.deepEqual(
        before.filter((urn) => !known.has(urn)),
        [],
      );
    });
  }
});
