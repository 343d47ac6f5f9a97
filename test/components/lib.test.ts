import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { demoPrediction, portForward, showPassword } from "../../components/lib/commands.ts";
import { contentHash } from "../../components/lib/hash.ts";
import { inspectable } from "../../components/lib/inspectable.ts";
import { labels, selector } from "../../components/lib/labels.ts";
import { modelsIn, readModel } from "../../components/lib/model-file.ts";
import { parseQuantity } from "../../components/lib/quantity.ts";

const ROOT = `${import.meta.dirname}/../..`;

describe("a quantity", () => {
  for (const [text, value] of [
    ["500m", 0.5],
    ["2", 2],
    ["1.5", 1.5],
    ["1k", 1000],
    ["128Mi", 134217728],
    ["1Gi", 1073741824],
  ] as const) {
    it(`${text} is ${value}`, () => {
      assert.equal(parseQuantity(text), value);
    });
  }

  it("refuses what is not valid", () => {
    assert.throws(() => parseQuantity("many"), /'many' is not a valid Kubernetes quantity/);
    assert.throws(() => parseQuantity("1Xi"), /'1Xi' is not a valid Kubernetes quantity/);
  });
});

describe("a content hash", () => {
  it("changes with any part, and with the border between them", () => {
    assert.equal(contentHash("a", "b"), contentHash("a", "b"));
    assert.notEqual(contentHash("a", "b"), contentHash("b", "a"));
    assert.notEqual(contentHash("ab", ""), contentHash("a", "b"));
  });
});

describe("an error that ends the program", () => {
  const frames = [
    "    at slipway (file:///work/index.ts:1:1)",
    "    at run (/work/node_modules/@pulumi/cmd/run/run.ts:577:70)",
    "    at initialize (/work/node_modules/@pulumi/resource.ts:1687:22)",
    "    at foo (/work/node_modules/foo.js:1:1)",
    String.raw`    at bar (C:\work\node_modules\foo.js:1:1)`,
  ];

  it("is one that Node can inspect, with all other frames of its trace", () => {
    const error = Object.assign(new Error("no"), { stack: ["Error: no", ...frames].join("\n") });
    assert.equal(inspectable(error), error);
    assert.deepEqual(error.stack.split("\n"), ["Error: no", ...frames.slice(0, 2)]);
    assert.match(inspect(error, { colors: true }), /run\.ts/);
  });

  it("may be no Error at all", () => {
    assert.equal(inspectable("no"), "no");
  });
});

describe("labels", () => {
  it("hold a long image tag within Kubernetes' 63 characters", () => {
    const version = labels(selector("a", "b"), "c", "x".repeat(100))["app.kubernetes.io/version"];
    assert.equal(version?.length, 63);
  });

  it("end in a letter or digit, which a tag need not", () => {
    const version = (tag: string) =>
      labels(selector("a", "b"), "c", tag)["app.kubernetes.io/version"];
    assert.equal(version("_18.6-"), "18.6");
    assert.equal(version(`${"x".repeat(62)}.1`), "x".repeat(62));
  });
});

describe("a model file", () => {
  it("gives name and content", () => {
    const { name, file, content } = readModel(modelsIn(ROOT), "diabetes.yaml");
    assert.deepEqual([name, file], ["diabetes-model", "diabetes.yaml"]);
    assert.match(content, /^name: diabetes-model$/m);
  });

  it("is refused when it is missing", () => {
    assert.throws(
      () => readModel(modelsIn(ROOT), "none.yaml"),
      /'training\/models\/none\.yaml' cannot be read/,
    );
  });

  describe("that names a CSV file", () => {
    let root: string;
    const folder = () => join(root, "training/models");
    /** Reads a model with this source of data. */
    function read(source: string) {
      writeFileSync(join(folder(), "own.yaml"), `name: own\ndata: { source: "${source}" }\n`);
      return readModel(modelsIn(root), "own.yaml");
    }

    beforeEach(() => {
      root = mkdtempSync(join(tmpdir(), "slipway-model-"));
      mkdirSync(join(folder(), "data"), { recursive: true });
      writeFileSync(join(folder(), "data/own.csv"), "a,b\n1,2\n");
    });
    afterEach(() => {
      rmSync(root, { recursive: true });
    });

    it("brings it along, by its path relative to the YAML", () => {
      const { data } = read("csv:./data/own.csv");
      assert.equal(data?.path, "data/own.csv");
      assert.equal(data.content.toString(), "a,b\n1,2\n");
    });

    it("has no file where the data come from elsewhere", () => {
      assert.equal(read("sklearn:iris").data, undefined);
    });

    for (const [what, source, message] of [
      [
        "missing",
        "csv:none.csv",
        /'data\.source' \(csv:none\.csv\) .* add training\/models\/none\.csv/,
      ],
      ["elsewhere", "csv:../../own.csv", /lies outside of training\/models, .* put it there/],
      ["at an absolute path", "csv:/etc/hostname", /lies outside of training\/models/],
    ] as const) {
      it(`is refused when the file is ${what}`, () => {
        assert.throws(() => read(source), message);
      });
    }

    for (const source of [
      "postgres://db/shop",
      "https://example.com/wine.csv",
      "s3://team/sales/",
      "gs://team/sales/",
      "snapshot:abc",
    ]) {
      it(`has no file where a training reads ${source} by itself`, () => {
        assert.equal(read(source).data, undefined);
      });
    }

    it("is refused where the files are of this machine, which no pod can read", () => {
      assert.throws(
        () => read("file:sales/*.parquet"),
        /'data\.source' \(file:sales\/\*\.parquet\) of training\/models\/own\.yaml .*`npm start`, or put the files into an object store/,
      );
    });

    for (const source of [
      "postgres://me:secret@db/shop",
      "https://me:secret@example.com/wine.csv",
      "https://secret@example.com/wine.csv",
      "s3://secret@team/wine.csv",
    ]) {
      it(`is refused, and not said, with the account in ${source}`, () => {
        assert.throws(
          () => read(source),
          (error) =>
            error instanceof Error &&
            /'data\.source' \(\w+:\/\/…@.*\) .* name that in 'data\.credentials'/.test(
              error.message,
            ) &&
            !error.message.includes("secret"),
        );
      });
    }

    it("is refused when the file is more than a Job can be given", () => {
      const path = join(folder(), "own.csv");
      writeFileSync(path, Buffer.alloc(1000 * 1024, "1"));
      assert.equal(read("csv:own.csv").data?.content.length, 1000 * 1024);
      writeFileSync(path, Buffer.alloc(1000 * 1024 + 1, "1"));
      assert.throws(() => read("csv:own.csv"), /has 1001 KiB, .* at most 1000 KiB: .* https:\/\//);
    });

    it("brings the Python file of its pipeline along, and counts it in what a Job can be given", () => {
      writeFileSync(join(folder(), "features.py"), "def build(): ...\n");
      writeFileSync(join(folder(), "own.csv"), Buffer.alloc(1000 * 1024, "1"));
      const written = 'name: own\npipeline: features:build\ndata: { source: "csv:';
      const readWith = (data: string) => {
        writeFileSync(join(folder(), "own.yaml"), `${written}${data}" }\n`);
        return readModel(modelsIn(root), "own.yaml");
      };
      const { data, pipeline } = readWith("data/own.csv");
      assert.equal(data?.path, "data/own.csv");
      assert.equal(pipeline?.path, "features.py");
      assert.equal(pipeline.content.toString(), "def build(): ...\n");
      assert.throws(() => readWith("own.csv"), /has 1000 KiB, .* at most 999 KiB/);
    });

    it("is refused when the Python file of its pipeline is missing", () => {
      writeFileSync(join(folder(), "own.yaml"), "name: own\npipeline: none:build\n");
      assert.throws(
        () => readModel(modelsIn(root), "own.yaml"),
        /'pipeline' \(none\.py\) of training\/models\/own\.yaml cannot be read: add training\/models\/none\.py/,
      );
    });
  });
});

describe("commands to paste", () => {
  it("name namespace, Service and port", () => {
    assert.equal(
      portForward("slipway-dev", { name: "mlflow", port: 5000 }),
      "kubectl -n slipway-dev port-forward service/mlflow 5000",
    );
  });

  it("print a password without decoding tools", () => {
    assert.match(
      showPassword("slipway-dev", "mlflow-admin"),
      /get secret mlflow-admin -o go-template='\{\{\.data\.password \| base64decode\}\}'/,
    );
  });

  it("carry a token where one is needed", () => {
    assert.equal(demoPrediction("http://a", false), "curl -fsS http://a/predict/demo");
    assert.equal(
      demoPrediction("http://a", true),
      'curl -fsS -H "authorization: Bearer $TOKEN" http://a/predict/demo',
    );
  });
});
