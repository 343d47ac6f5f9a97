import assert from "node:assert/strict";

import { packageOf, type ModelName } from "../support/packages.ts";
import { client, startServer, type Listener } from "../support/protocols.ts";

interface MlflowAnswers {
  version: string;
  frame: { predictions: unknown[] };
  records: { predictions: unknown[] };
  rows: { predictions: unknown[] };
  columns: { predictions: unknown[] };
  empty: { predictions: unknown[] };
  shape: [string[], number];
  error: string;
}

type Outputs = Record<string, unknown[]>;

interface TritonAnswers {
  live: boolean;
  ready: boolean[];
  absent: boolean[];
  metadata: { name: string; inputs: { name: string; datatype: string; shape: number[] }[] };
  binary: { id: string | null; outputs: Outputs };
  json: { outputs: Outputs };
  features: { outputs: Outputs };
  last: { outputs: Outputs };
  async: { outputs: Outputs };
  unknown: [string, string];
  incomplete: [string, string];
  config: [string, string];
}

const models: ModelName[] = ["diabetes", "iris", "titanic", "progress"];

for (const model of models) {
  describe(`unmodified clients of the ${model} model`, () => {
    let server: Listener;
    let folder: string;
    let expected: Outputs;
    let triton: TritonAnswers;

    before(async () => {
      folder = await packageOf(model);
      server = await startServer(folder);
      const response = await fetch(`${server.url}/model`);
      const { example } = (await response.json()) as { example: object };
      const answer = await fetch(`${server.url}/invocations`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ dataframe_records: [example] }),
      });
      const { predictions } = (await answer.json()) as { predictions: Outputs[] };
      expected = predictions[0] ?? {};
      triton = (await client("triton_client.py", server.port, folder)) as TritonAnswers;
    });

    after(() => server.stop());

    it("MLflow's ScoringServerClient scores frames, records, rows and columns", async () => {
      const answers = (await client("mlflow_client.py", server.port, folder)) as MlflowAnswers;
      assert.equal(answers.version, "3.17.2");
      assert.deepEqual(answers.shape, [Object.keys(expected), 2]);
      assert.deepEqual(answers.frame.predictions[0], expected);
      for (const form of ["records", "rows", "columns"] as const) {
        assert.deepEqual(answers[form].predictions, [expected], form);
      }
      assert.deepEqual(answers.empty.predictions, []);
      assert.match(answers.error, /error code 422.*\/dataframe_split\/columns/);
    });

    it("tritonclient infers in binary, in JSON, by graph input and by feature", () => {
      assert.deepEqual([triton.live, ...triton.ready], [true, true, true]);
      assert.deepEqual(triton.absent, [false, false]);
      assert.equal(triton.metadata.name, `${model}-model`);
      assert.equal(triton.binary.id, "one");
      const twice = Object.fromEntries(
        Object.entries(expected).map(([name, value]) => {
          const ofGraph = model === "progress" ? [value] : value;
          return [name, [ofGraph, ofGraph]];
        }),
      );
      for (const form of ["binary", "json", "features", "async"] as const) {
        assert.deepEqual(triton[form].outputs, twice, form);
      }
      const [name = ""] = Object.keys(expected).slice(-1);
      assert.deepEqual(triton.last.outputs, { [name]: twice[name] });
    });

    it("tritonclient shows what was wrong", () => {
      assert.equal(triton.unknown[0], "404");
      assert.match(triton.unknown[1], /^Only version \w+ of model [\w-]+ is served here\.$/);
      assert.equal(triton.config[0], "404");
      assert.match(triton.config[1], /no such GET path/);
      if (model === "titanic") return; // its first feature is optional
      assert.equal(triton.incomplete[0], "422");
      assert.match(triton.incomplete[1], /\/inputs is missing: must be/);
    });
  });
}
