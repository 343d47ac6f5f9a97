import assert from "node:assert/strict";
import { withMade } from "../../../../tools/lib/stack/pending-creations.ts";

const JOB = { urn: "urn:job", type: "kubernetes:batch/v1:Job" };
const BEGUN = { ...JOB, inputs: { apiVersion: "batch/v1", metadata: { name: "job-2" } } };
const MADE = new Map([["urn:job", { id: "team/job-2", fieldManager: "pulumi-kubernetes-1a" }]]);
const TAKEN = {
  ...BEGUN,
  id: "team/job-2",
  outputs: { __initialApiVersion: "batch/v1", __fieldManager: "pulumi-kubernetes-1a" },
};

describe("a state whose `up` was killed while it created", () => {
  it("has what came to be, with the field manager that made it, and nothing begun", () => {
    const state = { resources: [], pending_operations: [{ type: "creating", resource: BEGUN }] };
    assert.deepEqual(withMade(state as never, MADE), {
      resources: [TAKEN],
      pending_operations: [],
    });
  });

  it("forgets what did not come to be", () => {
    const state = { resources: [], pending_operations: [{ type: "creating", resource: BEGUN }] };
    assert.deepEqual(withMade(state as never, new Map()), {
      resources: [],
      pending_operations: [],
    });
  });

  it("leaves the object that was to be replaced to be deleted", () => {
    const old = { ...JOB, id: "team/job-1" };
    const gone = { ...JOB, id: "team/job-0", delete: true };
    const state = {
      resources: [old, gone],
      pending_operations: [{ type: "creating", resource: BEGUN }],
    };
    assert.deepEqual(withMade(state as never, MADE).resources, [
      { ...old, delete: true },
      gone,
      TAKEN,
    ]);
  });

  it("has it once, where it was written down after all", () => {
    const there = { ...JOB, id: "team/job-2", outputs: { status: {} } };
    const state = {
      resources: [there],
      pending_operations: [{ type: "creating", resource: BEGUN }],
    };
    assert.deepEqual(withMade(state as never, MADE).resources, [there]);
  });

  it("puts it in the place of what was deleted before it was made, of the same name too", () => {
    const needing = { urn: "urn:check", type: "command:local:Command", dependencies: ["urn:job"] };
    for (const id of ["team/job-1", "team/job-2"]) {
      const state = {
        resources: [{ ...JOB, id, pendingReplacement: true }, needing],
        pending_operations: [{ type: "creating", resource: BEGUN }],
      };
      assert.deepEqual(withMade(state as never, MADE).resources, [TAKEN, needing]);
      assert.deepEqual(withMade(state as never, new Map()).resources, state.resources);
    }
  });
});
