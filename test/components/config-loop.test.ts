import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { oneModel, problems, refused } from "../support/config.ts";

const BATCH = { name: "nightly", source: "s3://shop/*.csv", schedule: "0 3 * * *" };
const EXTERNAL = {
  ...{ kind: "external", endpoint: "https://s3.example.com", addresses: ["public"] },
  ...{ bucket: "abc", accessKey: "a", secretKey: "s" },
};

/** Problems of a stack whose one model has this YAML. */
function withYaml(yaml: string, settings: Record<string, unknown> = {}): string[] {
  const path = mkdtempSync(join(tmpdir(), "slipway-models-"));
  try {
    writeFileSync(join(path, "churn.yaml"), yaml);
    const models = [{ file: "churn.yaml", ...settings }];
    return problems({ models }, "dev", { models: { path, shown: "models" } });
  } finally {
    rmSync(path, { recursive: true });
  }
}

describe("predictions that are kept", () => {
  it("need a rate of something", () => {
    refused(
      oneModel({ capture: { rate: 0 } }),
      /^models\.0\.capture\.rate: must be above 0: remove/,
    );
    refused(oneModel({ capture: { rate: 1.5 } }), /^models\.0\.capture\.rate: must be at most 1/);
  });

  it("take labels of a table that a pod can read, and of no account in its address", () => {
    const labelled = (labels: Record<string, unknown>) => oneModel({ capture: { labels } });
    for (const [labels, says] of [
      [{ source: "labels.csv" }, /labels\.source: is no address that a pod can read/],
      [{ source: "postgres://me:a@db/shop", table: "orders" }, /labels\.source: holds an account/],
      [{ source: "postgres://db/shop" }, /labels\.source: needs either 'query' or 'table'/],
      [{ source: "s3://shop/labels.csv", table: "orders" }, /labels\.source: is no database/],
      [{ source: "s3://shop/labels.csv", column: "paid" }, /labels/],
    ] as const) {
      refused(labelled(labels), says);
    }
    assert.deepEqual(problems(labelled({ source: "s3://shop/labels.csv", label: "paid" })), []);
  });

  it("need SeaweedFS, or a second bucket of the team's own S3", () => {
    const kept = oneModel({ capture: {} });
    refused(
      { ...kept, objectStore: { kind: "minio" } },
      /^models\.0\.capture: needs a bucket of its own, which our MinIO does not get: move to SeaweedFS/,
    );
    refused(
      { ...kept, objectStore: EXTERNAL },
      /^objectStore\.data: is missing: models\.0\.capture needs a second bucket with two accounts/,
    );
    const data = {
      ...{ bucket: "data", accessKey: "a", secretKey: "s" },
      capture: { accessKey: "a", secretKey: "s" },
    };
    assert.deepEqual(problems({ ...kept, objectStore: { ...EXTERNAL, data } }), []);
    const endpoint = "https://s3.example.com/team";
    refused(
      { ...kept, objectStore: { ...EXTERNAL, data, endpoint } },
      /^objectStore\.endpoint: has a path, by which no prediction is stored/,
    );
  });
});

describe("a batch", () => {
  const one = (settings: Record<string, unknown>) =>
    oneModel({ batch: [{ ...BATCH, ...settings }] });

  const wrong: [string, Record<string, unknown>, RegExp][] = [
    [
      "of a file of this machine",
      { source: "clients.csv" },
      /source: is no address that a pod can/,
    ],
    [
      "with an account in its address",
      { source: "postgres://me:secret@db/shop", table: "clients" },
      /source: holds an account, and an address is shown to everyone: name a Secret/,
    ],
    ["of a database without a query", { source: "postgres://db/shop" }, /needs either 'query' or/],
    ["of files with a query", { query: "SELECT 1" }, /is no database: 'query' and 'table' are for/],
    ["into a folder", { to: "s3://answers/" }, /to: must be an object such as s3:/],
    [
      "into one object for ever",
      { to: "s3://answers/a.csv" },
      /to: has no \{date\}, without which/,
    ],
    ["at every hour", { schedule: "0 * * * *" }, /schedule: comes more than once a day, and only/],
    ["every twelve hours", { schedule: "@every 12h" }, /schedule: comes more than once a day/],
    [
      "by one account at two S3 services",
      { to: "s3://answers/{date}.csv", toEndpoint: "https://s3.example.com" },
      /toEndpoint: is another S3 service than 'endpoint', and both have one account/,
    ],
    ["of a long name", { name: "n".repeat(40) }, /name: makes the CronJob .* of 52: shorten it/],
  ];
  for (const [what, settings, message] of wrong) {
    it(`is refused ${what}`, () => {
      refused(one(settings), message);
    });
  }

  it("has a name of its own among those of its model", () => {
    refused(oneModel({ batch: [BATCH, BATCH] }), /batch\.1\.name: \(nightly\) is that of another/);
  });

  it("may come once a day or less often, and go to another S3 by an account of its own", () => {
    for (const schedule of ["5 0 * * *", "0 3 1 * *", "@daily", "@every 24h"]) {
      assert.deepEqual(problems(one({ schedule })), [], schedule);
    }
    const to = { to: "s3://answers/{date}.csv", toEndpoint: "https://s3.example.com" };
    assert.deepEqual(problems(one({ ...to, toCredentials: "answers" })), []);
    assert.deepEqual(problems(one({ ...to, endpoint: to.toEndpoint })), []);
  });

  it("has another name than a batch of another model makes", () => {
    const path = mkdtempSync(join(tmpdir(), "slipway-models-"));
    const names = ["a", "a-batch"];
    for (const name of names) writeFileSync(join(path, `${name}.yaml`), `name: ${name}\n`);
    const models = ["batch-x", "x"].map((name, index) => ({
      ...{ file: `${names[index] ?? ""}.yaml`, batch: [{ ...BATCH, name }] },
    }));
    const [found = ""] = problems({ models }, "dev", { models: { path, shown: "models" } });
    rmSync(path, { recursive: true });
    assert.match(
      found,
      /^models\.1\.batch\.0\.name: makes the CronJob a-batch-batch-x, as a batch/,
    );
  });

  it("never repeats the account", () => {
    const [found = ""] = problems(one({ source: "postgres://me:secret@db/shop", table: "t" }));
    assert.doesNotMatch(found, /secret/);
  });
});

describe("training for a reason", () => {
  const WHEN = "name: churn\ndata: { source: 's3://shop/*.csv' }\nretrain: { when: { rows: 9 } }\n";

  it("is asked for where the YAML says what a reason is", () => {
    assert.deepEqual(withYaml(WHEN, { retrain: {} }), []);
    const yaml = "name: churn\ndata: { source: 's3://shop/*.csv' }\n";
    const [found = ""] = withYaml(yaml, { retrain: {} });
    assert.match(found, /^models\.0\.retrain: has no effect: churn\.yaml has no 'retrain\.when'/);
  });

  it("is refused where all rows are those of the last time", () => {
    const stays = "name: churn\ndata: { source: 'https://a.example/b.csv', sha256: 'ab' }\n";
    const [found = ""] = withYaml(`${stays}retrain: { when: { drift: 0.25 } }\n`, {
      ...{ retrain: {}, capture: {} },
    });
    assert.match(found, /^models\.0\.retrain: would train from the same rows each time, as 'data/);
  });

  it("needs predictions for what is worked out from them", () => {
    const drift = WHEN.replace("rows: 9", "drift: 0.25");
    const [found = ""] = withYaml(drift, { retrain: {} });
    assert.match(found, /^models\.0\.capture: is missing: 'retrain\.when' of churn\.yaml asks for/);
    assert.deepEqual(withYaml(drift, { retrain: {}, capture: {} }), []);
  });

  it("needs them judged once a week at least, as nothing is known of an older one", () => {
    const performance = WHEN.replace("rows: 9", "performance: 0.1");
    const judged = (yaml: string, schedule: string) =>
      withYaml(yaml, { retrain: {}, capture: { schedule } });
    assert.deepEqual(judged(performance, "20 3 * * 1"), []);
    for (const schedule of ["20 3 1 * *", "20 3 1,15 * *", "@monthly", "@every 169h"]) {
      const [found = "", ...more] = judged(performance, schedule);
      assert.match(
        found,
        /^models\.0\.capture\.schedule: comes less often than once a week, and 're/,
      );
      assert.deepEqual(more, []);
      // Rows are counted in the source, whenever it was judged.
      assert.deepEqual(judged(WHEN, schedule), [], schedule);
      assert.deepEqual(withYaml(performance, { capture: { schedule } }), [], schedule);
    }
  });
});

describe("data that change", () => {
  it("are read from where a pod reaches them", () => {
    assert.deepEqual(
      withYaml("name: churn\ndata: { source: 'postgres://db/shop', table: t }\n"),
      [],
    );
    const [found = ""] = withYaml("name: churn\ndata: { source: 'file:sales/*.csv' }\n");
    assert.match(found, /'data\.source' \(file:sales\/\*\.csv\) of models\/churn\.yaml is of this/);
  });

  it("need SeaweedFS, or a second bucket", () => {
    const path = mkdtempSync(join(tmpdir(), "slipway-models-"));
    writeFileSync(join(path, "churn.yaml"), "name: churn\ndata: { source: 's3://shop/*.csv' }\n");
    const models = { path, shown: "models" };
    const settings = { models: [{ file: "churn.yaml" }], objectStore: { kind: "minio" } };
    const [found = ""] = problems(settings, "dev", { models });
    rmSync(path, { recursive: true });
    assert.match(found, /^models\.0\.file: needs a bucket .* or remove the model, whose 'data/);
  });
});
