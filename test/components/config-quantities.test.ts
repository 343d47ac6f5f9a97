import assert from "node:assert/strict";
import { validateConfig } from "../../components/config/validate.ts";
import { MODELS, REGISTRY, oneModel, problems, refused } from "../support/config.ts";

const SOUND = { registry: REGISTRY, models: MODELS };
const resources = (more: Record<string, unknown>) => oneModel({ resources: more });

describe("CPU in the configuration", () => {
  it("is a number of cores or of thousandths of one", () => {
    for (const cpu of ["100m", 0.5, "0.5", 1, "2", "1e-1", "1.", ".5", "+1", "1000000u"]) {
      assert.deepEqual(problems(resources({ cpu })), [], String(cpu));
    }
  });

  it("is not counted in units of bytes", () => {
    for (const unit of ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "k", "M", "G", "T", "P", "E"]) {
      refused(
        resources({ cpu: `1${unit}` }),
        new RegExp(
          `^models\\.0\\.resources\\.cpu: counts cores in '${unit}', .* write 1m .*"1${unit}"`,
        ),
      );
    }
    refused({ quota: { cpu: "8Gi" } }, /^quota\.cpu: counts cores in 'Gi'/);
  });

  it("is no finer than Kubernetes counts, and more than nothing", () => {
    for (const cpu of ["0.0001", "0.5m", "10u", "1n"]) {
      refused(resources({ cpu }), /^models\.0\.resources\.cpu: is finer than a thousandth/);
    }
    for (const cpu of [0, "0", "0m", -1, "-100m"]) {
      refused(resources({ cpu }), /^models\.0\.resources\.cpu: must be more than 0/);
    }
  });

  it("is a quantity at all", () => {
    const none = [
      "",
      "many",
      "1 core",
      "100 m",
      "100mm",
      "1,5",
      "0x10",
      "1e",
      "m",
      ".",
      "1e999",
      "NaN",
    ];
    for (const cpu of none)
      refused(resources({ cpu }), /^models\.0\.resources\.cpu: is not a valid/);
    refused(resources({ cpu: true }), /^models\.0\.resources\.cpu: must be a quantity/);
    refused(resources({ cpu: null }), /^models\.0\.resources\.cpu: is empty/);
  });
});

describe("memory in the configuration", () => {
  it("takes every unit of bytes", () => {
    const units = [
      "400000000",
      "400000k",
      "400000Ki",
      "400M",
      "400Mi",
      "1G",
      "1Gi",
      "1Ti",
      "1Pi",
      "1Ei",
      "4e8",
    ];
    for (const memoryLimit of [...units, 4e8]) {
      assert.deepEqual(problems(resources({ memoryLimit })), [], String(memoryLimit));
    }
  });

  it("is not counted in thousandths of bytes", () => {
    const found = problems(resources({ memory: "192m", memoryLimit: "512m" }));
    assert.equal(found.length, 2);
    assert.match(
      found[0] ?? "",
      /resources\.memory: is in thousandths of bytes \('m'\): write 192Mi/,
    );
    assert.match(found[1] ?? "", /resources\.memoryLimit: .*: write 512Mi/);
    refused({ quota: { memory: "8m" } }, /^quota\.memory: is in thousandths of bytes/);
    refused({ database: { size: "5000u" } }, /^database\.size: is in thousandths of bytes/);
  });

  it("has a unit that was meant", () => {
    refused(resources({ memory: 192 }), /resources\.memory: is less than 1Mi.*192Mi\? \(192\)/);
    refused(resources({ memory: "192k" }), /resources\.memory: is less than 1Mi.*\("192k"\)/);
    refused(resources({ memoryLimit: "11Mi" }), /memoryLimit: is less than 12Mi/);
    refused({ objectStore: { size: "10M" } }, /^objectStore\.size: is less than 100Mi/);
    refused({ monitoring: { size: 5 } }, /^monitoring\.size: is less than 100Mi.*5Mi\? \(5\)/);
    for (const memory of ["192MB", "192Mb", "192mi", "192K", "192 Mi", "9Ei"]) {
      refused(resources({ memory }), /resources\.memory: is not a valid quantity, such as 512Mi/);
    }
    for (const memory of [0, "0", "-1Gi"]) {
      refused(resources({ memory }), /resources\.memory: must be more than 0/);
    }
  });

  it("becomes a whole number of bytes, as Kubernetes has no part of one", () => {
    const models = [{ ...MODELS[0], resources: { memory: "0.3Gi", memoryLimit: "1.1Gi" } }];
    const database = { size: "1.5Gi" };
    const { config } = validateConfig({ ...SOUND, models, database }, "dev");
    assert.deepEqual(config?.models[0]?.resources, {
      cpu: "100m",
      memory: "322122548",
      memoryLimit: "1181116007",
    });
    assert.ok(config.database.kind === "bundled");
    assert.equal(config.database.size, "1.5Gi");
  });

  it("is asked for within its limit, also where that is the default", () => {
    refused(
      resources({ memory: "1Gi" }),
      /resources\.memory: \(1Gi\) exceeds memoryLimit \(512Mi\)/,
    );
    refused(resources({ memoryLimit: "100Mi" }), /memory: \(192Mi\) exceeds memoryLimit \(100Mi\)/);
    assert.deepEqual(problems(resources({ memory: "1024Mi", memoryLimit: "1Gi" })), []);
    refused(
      { mlflow: { resources: { memory: "2Gi" } } },
      /^mlflow\.resources\.memory: \(2Gi\) exceeds/,
    );
    refused(
      { database: { resources: { memory: "2Gi" } } },
      /^database\.resources\.memory: \(2Gi\)/,
    );
    refused(
      oneModel({ training: { resources: { memory: "3Gi" } } }),
      /^models\.0\.training\.resources\.memory: \(3Gi\) exceeds memoryLimit \(2Gi\)/,
    );
  });
});
