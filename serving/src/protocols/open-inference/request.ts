import { Type, type Static } from "typebox";
import { Compile } from "typebox/compile";

import { Problem } from "../../problem.ts";
import { parsePythonJson } from "../python-json.ts";
import { DATATYPES } from "./tensor.ts";

const Parameters = Type.Optional(Type.Record(Type.String(), Type.Unknown()));

/** The JSON part of an inference request. */
export const InferRequestSchema = Type.Object({
  id: Type.Optional(Type.String()),
  parameters: Parameters,
  inputs: Type.Array(
    Type.Object({
      name: Type.String(),
      shape: Type.Array(Type.Integer({ minimum: 0 }), { minItems: 1, maxItems: 2 }),
      datatype: Type.Enum([...DATATYPES]),
      parameters: Parameters,
      data: Type.Optional(Type.Array(Type.Unknown())),
    }),
    { minItems: 1 },
  ),
  outputs: Type.Optional(Type.Array(Type.Object({ name: Type.String(), parameters: Parameters }))),
});

/** An inference request, and the bytes of the inputs that came in binary, in the inputs' order. */
export type InferRequest = Static<typeof InferRequestSchema> & {
  readonly binary: readonly (Buffer | undefined)[];
};

/** One tensor of a request. */
export type InferInput = InferRequest["inputs"][number];

const validator = Compile(InferRequestSchema);
const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * Reads a body of the Open Inference Protocol: JSON, or JSON of `headerLength` bytes followed by
 * the tensors' bytes (the binary tensor data extension). Throws the 400 Problem.
 */
export function readRequest(
  body: Buffer,
  headerLength: string | undefined,
  maxDepth: number,
): InferRequest {
  const length = headerLength === undefined ? body.length : Number(headerLength);
  if (!Number.isInteger(length) || length < 0 || length > body.length) {
    const detail = `Inference-Header-Content-Length must be a number of bytes within the body's ${body.length}.`;
    throw new Problem(400, "malformed", detail);
  }
  const json = parsePythonJson(decoded(body.subarray(0, length)), maxDepth);
  if (!validator.Check(json)) {
    const errors = validator
      .Errors(json)
      .slice(0, 100)
      .map(({ instancePath, message }) => ({ path: instancePath, detail: message }));
    throw new Problem(400, "malformed", "The body is not an inference request.", { errors });
  }
  return { ...json, binary: split(json.inputs, body.subarray(length)) };
}

function decoded(bytes: Buffer): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new Problem(400, "malformed", "The body's JSON is not UTF-8.");
  }
}

/** Cuts the bytes after the JSON into the inputs' parts, as each input's `binary_data_size` says. */
function split(inputs: readonly InferInput[], bytes: Buffer): (Buffer | undefined)[] {
  let start = 0;
  const parts = inputs.map(({ name, parameters }) => {
    const size = parameters?.["binary_data_size"];
    if (size === undefined) return undefined;
    if (!Number.isInteger(size) || Number(size) < 0 || start + Number(size) > bytes.length) {
      const detail = `binary_data_size of input '${name}' does not fit the bytes that were sent.`;
      throw new Problem(400, "malformed", detail);
    }
    return bytes.subarray(start, (start += Number(size)));
  });
  if (start < bytes.length) {
    const detail = `The body has ${bytes.length - start} bytes that no input's binary_data_size claims.`;
    throw new Problem(400, "malformed", detail);
  }
  return parts;
}
