import assert from "node:assert/strict";

import type { FastifyInstance } from "fastify";

import { appWith } from "../../support/app.ts";

const PATIENT = [6, 148, 72, 35, 0, 33.6, 0.627, 50];
const URL = "/v2/models/diabetes-model/infer";

interface Answer {
  outputs: { data: unknown[] }[];
}

describe("binary tensors of the Open Inference Protocol", () => {
  let diabetes: FastifyInstance;

  before(async () => {
    diabetes = await appWith("diabetes");
  });

  after(() => diabetes.close());

  const bytes = Buffer.from(Float32Array.from(PATIENT).buffer);

  async function send(json: object | string, binary: Buffer, length?: number | string) {
    const head = Buffer.from(typeof json === "string" ? json : JSON.stringify(json));
    const headers = { "inference-header-content-length": String(length ?? head.length) };
    const payload = Buffer.concat([head, binary]);
    return diabetes.inject({ method: "POST", url: URL, headers, payload });
  }

  const header = (size: unknown, more: object = {}) => ({
    inputs: [
      {
        name: "features",
        shape: [1, 8],
        datatype: "FP32",
        parameters: { binary_data_size: size },
      },
    ],
    ...more,
  });

  it("are read, and written where they are asked for", async () => {
    const plain = await send(header(32), bytes);
    assert.equal(plain.statusCode, 200, plain.body);
    const [label, probabilities] = plain.json<Answer>().outputs.map(({ data }) => data);
    const outputs = [
      { name: "probabilities", parameters: { binary_data: true } },
      { name: "label" },
    ];
    const mixed = await send(header(32, { outputs }), bytes);
    const length = Number(mixed.headers["inference-header-content-length"]);
    assert.equal(mixed.headers["content-type"], "application/octet-stream");
    const body = JSON.parse(mixed.rawPayload.subarray(0, length).toString()) as {
      outputs: { parameters?: object; data?: unknown }[];
    };
    assert.deepEqual(body.outputs[0]?.parameters, { binary_data_size: 8 });
    assert.deepEqual(body.outputs[1]?.data, label);
    const rest = Uint8Array.from(mixed.rawPayload.subarray(length)).buffer;
    assert.deepEqual([...new Float32Array(rest)], probabilities);
  });

  it("are refused when sizes do not agree", async () => {
    for (const [json, binary, length] of [
      [header(32), bytes.subarray(4), undefined],
      [header(28), bytes, undefined],
      [header(-1), bytes, undefined],
      [header("32"), bytes, undefined],
      [header(32), bytes, 1e6],
      [header(32), bytes, "-5"],
      [header(32), bytes, "abc"],
    ] as const) {
      const response = await send(json, binary, length);
      assert.equal(response.statusCode, 400, response.body);
      assert.ok("error" in response.json());
    }
    const short = await send(header(28), bytes.subarray(4));
    assert.equal(short.statusCode, 422);
    assert.match(short.json<{ error: string }>().error, /7 elements where the shape says 8/);
  });

  it("of text are refused when cut off or not UTF-8", async () => {
    const text = (size: number) => ({
      inputs: [
        { name: "Age", shape: [1], datatype: "BYTES", parameters: { binary_data_size: size } },
      ],
    });
    for (const binary of [
      [1, 0],
      [9, 0, 0, 0, 65],
      [1, 0, 0, 0, 0xff],
      [0xff, 0xff, 0xff, 0xff],
    ]) {
      const response = await send(text(binary.length), Buffer.from(binary));
      assert.equal(response.statusCode, 422, response.body);
      assert.match(response.json<{ error: string }>().error, /ends within a string|is not UTF-8/);
    }
  });
});
