import assert from "node:assert/strict";

import { packageOf, type ModelName } from "../support/packages.ts";
import { startServer, type Listener } from "../support/protocols.ts";

const REQUESTS = 1200;
const SEED = Number(process.env["FUZZ_SEED"] ?? 20_261_121);

interface Sample {
  readonly url: string;
  readonly body: string | Buffer;
  readonly headers: Record<string, string>;
}

/** mulberry32: a small generator, so that a printed seed repeats a run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const VALUES: unknown[] = [
  ...[null, true, "", "a", "NaN", "__proto__", "constructor", -1, 0, 1.5, 1e308, 2 ** 53],
  ...[[], {}, [[]], [null], [1, 2, 3], { a: 1 }, "é\u0000", "x".repeat(5000), { __proto__: null }],
  ...["BYTES", "BOOL", "INT8", "FP64", [0, 8], [1e15], [-1], [1, 8, 1]],
];
const WORDS = [
  "NaN",
  "1e309",
  "-Infinity",
  "-0",
  "01",
  "{",
  "]",
  '"',
  "\\",
  "null",
  "\u0000",
  ",,",
];
const TYPES = ["application/json", "text/csv", "application/octet-stream", "text/xml", "a;b", ""];

for (const model of ["diabetes", "titanic"] as ModelName[]) {
  describe(`random bodies for the ${model} model`, () => {
    let server: Listener;

    before(async () => {
      server = await startServer(await packageOf(model));
    });

    after(() => server.stop());

    it(`never bring a 5xx nor end the process (${REQUESTS} requests, FUZZ_SEED=${SEED})`, async function () {
      this.timeout(120_000);
      const next = random(SEED);
      const pick = <T>(items: readonly T[]): T => items[Math.floor(next() * items.length)] as T;
      const samples = await validRequests(server.url);
      const counts = new Map<number, number>();
      for (let i = 0; i < REQUESTS; i += 1) {
        const sample = pick(samples);
        const body = mutated(sample.body, next, pick);
        const headers = { ...sample.headers };
        if (next() < 0.1) headers["content-type"] = pick(TYPES);
        if (next() < 0.1)
          headers["inference-header-content-length"] = String(pick(VALUES.slice(7, 12)));
        const request = { method: "POST", headers, body };
        const { status } = await fetch(`${server.url}${sample.url}`, request);
        counts.set(status, (counts.get(status) ?? 0) + 1);
        assert.ok(
          status < 500,
          `request ${i} of seed ${SEED}: ${status} for ${JSON.stringify({ ...sample, body: body.toString("latin1"), headers })}`,
        );
      }
      // The mutations reach past the parser, and leave some requests right.
      for (const status of [200, 400, 415, 422]) assert.ok(counts.has(status), `no ${status}`);
      assert.equal((await fetch(`${server.url}/ready`)).status, 200);
    });
  });
}

async function validRequests(url: string): Promise<Sample[]> {
  const { name, example } = (await (await fetch(`${url}/model`)).json()) as {
    name: string;
    example: Record<string, string | number>;
  };
  const json = (path: string, body: unknown): Sample => ({
    url: path,
    body: JSON.stringify(body),
    headers: { "content-type": "application/json" },
  });
  const columns = Object.keys(example);
  const data = [Object.values(example)];
  const infer = `/v2/models/${name}/infer`;
  const inputs = columns.map((column) => {
    const value = example[column];
    return {
      name: column,
      shape: [1],
      datatype: typeof value === "string" ? "BYTES" : "FP64",
      data: [value],
    };
  });
  const bytes = Buffer.concat(
    inputs.map(({ data: [value] }) => {
      if (typeof value === "number") return Buffer.from(Float64Array.of(value).buffer);
      const text = Buffer.from(String(value));
      return Buffer.concat([Buffer.from(Uint32Array.of(text.length).buffer), text]);
    }),
  );
  const head = Buffer.from(
    JSON.stringify({
      parameters: { binary_data_output: true },
      inputs: inputs.map(({ data: [value], ...input }) => {
        const size = typeof value === "number" ? 8 : 4 + Buffer.byteLength(String(value));
        return { ...input, parameters: { binary_data_size: size } };
      }),
    }),
  );
  const samples: Sample[] = [
    json("/predict", example),
    json("/predict", [example, example]),
    json("/invocations", { dataframe_split: { columns, index: [0], data } }),
    json("/invocations", { dataframe_records: [example] }),
    json("/invocations", { instances: data }),
    json("/invocations", { inputs: Object.fromEntries(columns.map((c) => [c, [example[c]]])) }),
    {
      url: "/invocations",
      body: `${columns.join(",")}\n${Object.values(example).join(",")}\n`,
      headers: { "content-type": "text/csv" },
    },
    json(infer, { id: "1", inputs, outputs: [{ name: "probabilities" }] }),
    {
      url: infer,
      body: Buffer.concat([head, bytes]),
      headers: { "inference-header-content-length": String(head.length) },
    },
  ];
  for (const { url: path, body, headers } of samples) {
    const response = await fetch(`${url}${path}`, { method: "POST", headers, body });
    assert.equal(response.status, 200, `${path}: ${await response.text()}`);
  }
  return samples;
}

/** Changes a body in its structure, in its text or in its bytes; now and then not at all. */
function mutated(
  body: string | Buffer,
  next: () => number,
  pick: <T>(items: readonly T[]) => T,
): Buffer {
  const kind = next();
  if (typeof body === "string" && body.startsWith("{") && kind < 0.5) {
    return Buffer.from(JSON.stringify(replaced(JSON.parse(body), next, pick)));
  }
  const bytes = Buffer.from(body);
  const at = Math.floor(next() * bytes.length);
  if (kind < 0.6)
    return Buffer.concat([bytes.subarray(0, at), Buffer.from(pick(WORDS)), bytes.subarray(at + 1)]);
  if (kind < 0.7) return bytes.subarray(0, at);
  if (kind < 0.8) return Buffer.concat([bytes.subarray(0, at), bytes]);
  if (kind < 0.95) bytes[at] = Math.floor(next() * 256);
  return bytes;
}

/** Puts a strange value somewhere into a JSON value, or takes a member away. */
function replaced(
  value: unknown,
  next: () => number,
  pick: <T>(items: readonly T[]) => T,
): unknown {
  if (typeof value !== "object" || value === null || next() < 0.1) return pick(VALUES);
  const keys = Object.keys(value);
  if (keys.length === 0) return pick(VALUES);
  const key = pick(keys);
  if (Array.isArray(value)) {
    return value.map((item: unknown, i) => (String(i) === key ? replaced(item, next, pick) : item));
  }
  const copy: Record<string, unknown> = { ...value };
  if (next() < 0.15) Reflect.deleteProperty(copy, key);
  else copy[key] = replaced(copy[key], next, pick);
  return copy;
}
