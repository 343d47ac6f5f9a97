import assert from "node:assert/strict";
import { validateConfig } from "../../components/config/validate.ts";
import { heldData } from "../../components/data-guard.ts";
import { type DataRecord, type HeldData, losses } from "../../components/lib/held-data.ts";

const MINIMAL = { cluster: "local", models: [{ file: "iris.yaml" }] };
const CLAIM: HeldData = {
  kind: "PersistentVolumeClaim",
  namespace: "slipway-dev",
  size: "5Gi",
  protected: false,
};
const CLUSTER: HeldData = { ...CLAIM, kind: "Cluster" };

const nameOf = ({ kind }: HeldData) => (kind === "Cluster" ? "postgres-cluster" : "postgres-data");

/** What is lost when the database's data become these. */
function lost(old: HeldData, next?: HeldData, allowed = false): string[] {
  const after: DataRecord = next ? { [nameOf(next)]: next } : {};
  return losses({ [nameOf(old)]: old }, after, allowed ? [nameOf(old)] : []);
}

describe("what an edit loses", () => {
  const kept: [string, HeldData, HeldData][] = [
    ["data that stay as they are", CLAIM, CLAIM],
    ["a volume that grows", CLAIM, { ...CLAIM, size: "0.1Ti" }],
    ["the same size in another unit", CLAIM, { ...CLAIM, size: "5120Mi" }],
    ["protection that comes or goes", CLAIM, { ...CLAIM, protected: true }],
    [
      "another class of an operator's cluster, which leaves volumes that exist as they are",
      CLUSTER,
      { ...CLUSTER, storageClass: "fast" },
    ],
  ];
  for (const [what, old, next] of kept) {
    it(`is nothing with ${what}`, () => {
      assert.deepEqual(lost(old, next), []);
    });
  }

  const gone: [string, HeldData, HeldData | undefined, RegExp][] = [
    ["data that are gone", CLAIM, undefined, /would be deleted\. Where it may go, say so/],
    ["a claim for an operator's cluster", CLAIM, CLUSTER, /^postgres-data .* would be deleted\./],
    [
      "and back",
      CLUSTER,
      CLAIM,
      /^postgres-cluster .* would be deleted\..*npm run move -- database/,
    ],
    [
      "a class that is named",
      CLAIM,
      { ...CLAIM, storageClass: "fast" },
      /replaced by an empty one \(the default class → fast\)\./,
    ],
    [
      "a class that is named no more",
      { ...CLAIM, storageClass: "fast" },
      CLAIM,
      /replaced by an empty one \(fast → the default class\)\./,
    ],
    [
      "another namespace",
      CLAIM,
      { ...CLAIM, namespace: "team-a" },
      /for an empty one in namespace team-a\./,
    ],
  ];
  for (const [what, old, next, message] of gone) {
    it(`is told of ${what}, unless a key allows it`, () => {
      const [found = "", ...others] = lost(old, next);
      assert.match(found, message);
      assert.deepEqual(others, []);
      assert.deepEqual(lost(old, next, true), []);
    });

    it(`is told of ${what} that was protected, whatever a key allows`, () => {
      const [found = ""] = lost({ ...old, protected: true }, next, true);
      assert.match(
        found,
        /is protected\. Deploy once with slipway:allowDataLoss: \[postgres-(data|cluster)\]/,
      );
    });
  }

  it("is a shrunken volume, whatever a key allows", () => {
    for (const allowed of [false, true]) {
      const [found = ""] = lost(CLAIM, { ...CLAIM, size: "4Gi" }, allowed);
      assert.match(found, /cannot shrink to 4Gi: .*Leave the size at 5Gi or more/);
    }
  });

  it("is all that another major version of Postgres does not read, whatever a key allows", () => {
    for (const allowed of [false, true]) {
      const [found = "", ...others] = lost(
        { ...CLAIM, major: 15 },
        { ...CLAIM, major: 17 },
        allowed,
      );
      assert.match(
        found,
        /^postgres-data .* are of Postgres 15, which 17 does not read: .*postgres-major-upgrade\.md.*slipway:database\.upgradeFrom: 15$/,
      );
      assert.deepEqual(others, []);
    }
  });

  it("is nothing where the data of that major version were put aside, nor on the way back", () => {
    const [old, upgraded] = [{ major: 15 }, { major: 17, upgradeFrom: 15 }];
    assert.deepEqual(lost({ ...CLAIM, ...old }, { ...CLAIM, ...upgraded }), []);
    assert.deepEqual(lost({ ...CLAIM, ...upgraded }, { ...CLAIM, ...old }), []);
    assert.match(
      lost({ ...CLAIM, ...old }, { ...CLAIM, major: 17, upgradeFrom: 16 })[0] ?? "",
      /are of Postgres 15/,
    );
  });

  it("is nothing of a record that names no version, as those of before do not", () => {
    assert.deepEqual(lost(CLAIM, { ...CLAIM, major: 17 }), []);
  });

  it("is nothing of a cluster that an older record names as a claim", () => {
    assert.deepEqual(losses({ "postgres-data": CLUSTER }, { "postgres-cluster": CLUSTER }, []), []);
    assert.match(losses({ "postgres-data": CLUSTER }, {}, [])[0] ?? "", /^postgres-cluster /);
  });

  it("is nothing where there was nothing", () => {
    assert.deepEqual(losses({}, { "postgres-data": CLAIM }, []), []);
  });
});

describe("the record of data, after a move", () => {
  const config = (settings: object) => {
    const { config: found } = validateConfig({ ...MINIMAL, ...settings }, "dev");
    assert.ok(found);
    return found;
  };
  const external = {
    kind: "external",
    host: "db.example.com",
    addresses: ["10.20.0.0/16"],
    password: "p",
  };
  const moved = { movedFrom: { database: { kind: "bundled", size: "5Gi" } } };

  it("has the volume still, so that nothing is lost", () => {
    const before = heldData(config({}), "slipway-dev");
    const after = heldData(config({ database: external, ...moved }), "slipway-dev");
    assert.deepEqual(losses(before, after, []), []);
    const { major, ...volume } = before["postgres-data"] ?? {};
    assert.equal(major, 18);
    assert.deepEqual(after, { ...before, "postgres-data": volume });
  });

  it("has both a volume that was left and the cluster in its place", () => {
    const cluster = { database: { kind: "cloudnative-pg" }, ...moved };
    const record = heldData(config(cluster), "slipway-dev");
    assert.equal(record["postgres-data"]?.kind, "PersistentVolumeClaim");
    assert.equal(record["postgres-cluster"]?.kind, "Cluster");
  });

  it("has the volume in use where it is in use again", () => {
    const back = { database: { kind: "bundled", size: "8Gi" }, ...moved };
    assert.equal(heldData(config(back), "slipway-dev")["postgres-data"]?.size, "8Gi");
  });
});
