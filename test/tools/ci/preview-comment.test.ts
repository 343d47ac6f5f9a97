import assert from "node:assert/strict";
import { LONGEST_COMMENT } from "../../../tools/ci/forge.ts";
import { previewComment } from "../../../tools/ci/preview-comment.ts";
import type { Change } from "../../../tools/lib/changes/change.ts";
import { readEvents } from "../../../tools/lib/changes/preview-events.ts";

const quiet = { changes: [], same: 0, violations: [], errors: [] };
const change = (op: Change["op"], name: string, properties: string[] = []): Change => ({
  op,
  kind: "Deployment",
  name,
  properties,
});
const comment = (changes: Change[], more: object = {}) =>
  previewComment("prod", "1a2b3c4d5e", { ...quiet, changes, ...more }, ["Made by hand."]);

describe("the comment of a preview", () => {
  it("begins with the mark by which it is found again, names stack and commit, and counts", () => {
    const text = comment([change("create", "a"), change("update", "b"), change("update", "c")], {
      same: 7,
    });
    assert.match(text, /^<!-- slipway preview prod -->\n### 📝 Preview of `prod` at `1a2b3c4`\n/);
    assert.match(
      text,
      /\*\*1\*\* to create, \*\*2\*\* to update, \*\*0\*\* to replace, \*\*0\*\* to delete; 7 stay as they are/,
    );
  });

  it("ends with how it was made", () => {
    assert.match(comment([]), /\n\nMade by hand\.\n$/);
  });

  it("says in one line that nothing changes", () => {
    assert.match(comment([], { same: 121 }), /Nothing changes; 121 resources stay as they are\./);
  });

  it("puts what is deleted or replaced above everything else", () => {
    const text = comment([
      change("create", "new"),
      change("replace", "database"),
      change("delete", "volume"),
    ]);
    const [caution = -1, table = -1] = ["> [!CAUTION]", "|---|"].map((mark) => text.indexOf(mark));
    assert.ok(caution > 0 && caution < table);
    assert.match(
      text,
      /> - 🔴 \*\*DELETE\*\* Deployment `volume`\n> - 🟠 \*\*REPLACE\*\* Deployment `database`/,
    );
  });

  it("lists the properties of an update, and how many more there are", () => {
    const properties = Array.from({ length: 15 }, (_, index) => `spec.p${index}: 1 → 2`);
    assert.match(
      comment([change("update", "api", properties)]),
      /update \| Deployment `api` \| `spec\.p0: 1 → 2`<br>.*3 more \|/,
    );
  });

  it("marks a broken policy and an error as failures", () => {
    const violations = [
      { policy: "closed-doors", level: "mandatory", resource: "mlflow", message: "opens a port" },
    ];
    const text = comment([], { violations, errors: ["no cluster"] });
    assert.match(text, /### ❌ /);
    assert.match(text, /❌ `closed-doors` on `mlflow`: opens a port/);
    assert.match(text, /```text\nno cluster\n```/);
  });

  it("keeps what a resource is called from leaving its cell or mentioning people", () => {
    const text = comment([change("update", "`a | @everyone`\n<!-- x", ["data.`|`"])]);
    assert.match(text, /Deployment `'a \\\| @everyone' <!-- x` \| `data\.'\\\|'`/);
  });

  it("stays below GitHub's limit, with what is lost first and a notice of the rest", () => {
    const many = Array.from({ length: 2000 }, (_, index) =>
      change("update", `deployment-${index}`, ["spec.template.spec.containers[0].image"]),
    );
    const text = comment([...many, change("delete", "volume")]);
    assert.ok(text.length < LONGEST_COMMENT, String(text.length));
    assert.match(text, /\*\*DELETE\*\* Deployment `volume`/);
    const shown = text.match(/^\| update/gm)?.length ?? 0;
    assert.match(text, new RegExp(`…and \\*\\*${2000 - shown} more\\*\\*`));
  });

  it("stays below it with an endless error, too", () => {
    const errors = Array.from({ length: 40 }, () => "x".repeat(10_000));
    const text = comment([], { errors });
    assert.ok(text.length < LONGEST_COMMENT, String(text.length));
    assert.match(text, /…cut off/);
  });
});

describe("the events of a preview", () => {
  const event = (op: string, type: string, name: string, more: object = {}) =>
    JSON.stringify({
      resourcePreEvent: {
        metadata: {
          op,
          type,
          urn: `urn:pulumi:dev::slipway::${type}::${name}`,
          old: null,
          new: null,
          ...more,
        },
      },
    });

  it("count a replacement once, whatever steps it takes", () => {
    const type = "kubernetes:batch/v1:Job";
    const steps = ["create-replacement", "replace", "delete-replaced"].map((op) =>
      event(op, type, "training"),
    );
    const { changes } = readEvents(steps.join("\n"));
    assert.deepEqual(changes, [{ op: "replace", kind: "Job", name: "training", properties: [] }]);
  });

  it("show old and new values of short properties", () => {
    const more = {
      detailedDiff: { "spec.replicas": {}, 'data["a.b"]': {} },
      old: { inputs: { spec: { replicas: 2 }, data: { "a.b": "x" } } },
      new: { inputs: { spec: { replicas: 3 } } },
    };
    const { changes } = readEvents(event("update", "kubernetes:apps/v1:Deployment", "api", more));
    assert.deepEqual(changes[0]?.properties, ['data["a.b"]: x → none', "spec.replicas: 2 → 3"]);
  });

  it("show no value of a Secret, not even one that Pulumi does not know as secret", () => {
    const more = {
      detailedDiff: { "stringData.password": {} },
      old: { inputs: { stringData: { password: "canary" } } },
      new: { inputs: { stringData: { password: "canary2" } } },
    };
    const { changes } = readEvents(event("update", "kubernetes:core/v1:Secret", "admin", more));
    assert.deepEqual(changes[0]?.properties, ["stringData.password"]);
  });

  it("leave out components, which are folders", () => {
    assert.deepEqual(
      readEvents(event("create", "slipway:serving:PredictionApi", "api")).changes,
      [],
    );
  });
});
