import { Buffer } from "node:buffer";

import type { LoadedModel } from "../../src/model/loaded-model.ts";
import type { OpenApiWorld, ServerName, WireRequest } from "./openapi-world.ts";

/** A body that a route answers with 200. */
export interface GoodBody {
  /** The method and the path as OpenAPI writes them. */
  readonly route: string;
  readonly type: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** A request that is made to every route, to see what each says to it. */
interface Provocation {
  readonly what: string;
  readonly server: ServerName;
  readonly change?: (request: WireRequest, world: OpenApiWorld) => WireRequest;
}

const JSON_TYPE = "application/json";

const LABEL = { request_id: "order:1", label: true };

/** Every status of every route comes out of these; the first is the request that is right. */
export const PROVOCATIONS: readonly Provocation[] = [
  { what: "as it should be", server: "usual" },
  { what: "no token", server: "closed" },
  {
    what: "a token without the scope",
    server: "closed",
    change: (request, { token }) => authorized(request, `Bearer ${token}`),
  },
  {
    what: "two Authorization headers",
    server: "closed",
    change: (request, { token }) => authorized(request, [`Bearer ${token}`, "Bearer x"]),
  },
  { what: "malformed JSON", server: "usual", change: (request) => withBody(request, "{") },
  {
    what: "another type of body",
    server: "usual",
    change: (request) => withBody(request, "x", "image/png"),
  },
  {
    what: "a long body",
    server: "usual",
    change: (request) => withBody(request, " ".repeat(30_000)),
  },
  {
    what: "nothing of the model's",
    server: "usual",
    change: (request) => withBody(request, nothing(request.path)),
  },
  { what: "nothing keeps labels", server: "keepless" },
  { what: "no model", server: "empty" },
  { what: "a graph that fails", server: "failing" },
  {
    what: "another model",
    server: "usual",
    change: (request, { model }) => ({
      ...request,
      path: request.path.replace(model.name, "other-model"),
    }),
  },
  {
    what: "a long name",
    server: "usual",
    change: (request, { model }) => ({
      ...request,
      path: request.path.replace(model.name, "a".repeat(200)),
    }),
  },
];

/** The request that a route, as OpenAPI writes it, answers with 200. */
export function goodRequest(route: string, model: LoadedModel): WireRequest {
  const [method = "", template = ""] = route.split(" ");
  const path = template.replace("{model}", model.name).replace("{version}", model.version);
  const body = goodBodies(model).find((one) => one.route === route);
  if (body === undefined) return { method, path };
  const headers = { ...body.headers, "content-type": body.type };
  return { method, path, headers, body: body.body };
}

/** Bodies of every form and content type that a route reads. */
export function goodBodies(model: LoadedModel): GoodBody[] {
  const { example } = model.package;
  const names = Object.keys(example);
  const values = Object.values(example);
  const columns = Object.fromEntries(names.map((name) => [name, { 7: example[name] }]));
  const predict = [example, [example, example], columns, JSON.stringify(columns)];
  const invocations = [
    { dataframe_split: { columns: names, index: [0], data: [values] } },
    { dataframe_records: [example] },
    { instances: [example] },
    { inputs: Object.fromEntries(names.map((name) => [name, [example[name]]])) },
  ];
  const inference = JSON.stringify({ id: "7", inputs: tensors(model) });
  const infer = [
    "POST /v2/models/{model}/infer",
    "POST /v2/models/{model}/versions/{version}/infer",
  ].flatMap((route): GoodBody[] => [
    { route, type: JSON_TYPE, body: inference },
    {
      ...{ route, type: "application/octet-stream", body: Buffer.from(inference) },
      headers: { "inference-header-content-length": `${Buffer.byteLength(inference)}` },
    },
  ]);
  const json = (route: string, bodies: readonly unknown[]): GoodBody[] =>
    bodies.map((body) => ({ route, type: JSON_TYPE, body: JSON.stringify(body) }));
  return [
    ...json("POST /predict", predict),
    ...json("POST /explain", [example]),
    ...json("POST /feedback", [LABEL, [LABEL, { ...LABEL, row: 1, time: "2026-11-28T09:30:00Z" }]]),
    ...json("POST /invocations", invocations),
    { route: "POST /invocations", type: "text/csv", body: `${names.join()}\n${values.join()}\n` },
    ...infer,
  ];
}

function tensors({ package: { features, example } }: LoadedModel): object[] {
  return features.map(({ name, type }) => ({
    name,
    shape: [1],
    datatype: type === "category" ? "BYTES" : "FP32",
    data: [example[name]],
  }));
}

function authorized(request: WireRequest, authorization: string | string[]): WireRequest {
  return { ...request, headers: { ...request.headers, authorization } };
}

function withBody(request: WireRequest, body: string, type = JSON_TYPE): WireRequest {
  if (request.body === undefined) return request;
  return { ...request, headers: { "content-type": type }, body };
}

/** A body in a route's form that holds no feature of the model. */
function nothing(path: string): string {
  if (path === "/predict" || path === "/explain") return "{}";
  if (path === "/feedback") return '{"label":"other"}';
  if (path === "/invocations") return '{"instances":[{}]}';
  return '{"inputs":[{"name":"other","shape":[1],"datatype":"FP32","data":[1]}]}';
}
