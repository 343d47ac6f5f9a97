import { Type } from "typebox";
import { Problem, invalidInput, notKept } from "./problem.ts";

const Text = Type.String();

/** The members of every problem document. */
const members = {
  type: Text,
  title: Text,
  status: Type.Integer(),
  detail: Text,
  instance: Text,
  errors: Type.Optional(
    Type.Array(Type.Object({ path: Text, detail: Text }), {
      description: "Each fault with an RFC 6901 pointer into the body",
    }),
  ),
};

/** An error of any route. */
export const ProblemSchema = Type.Object(members, {
  $id: "Problem",
  description: "RFC 9457 problem document",
});

/** An error of the Open Inference Protocol: its clients show the member `error`. */
export const InferenceProblemSchema = Type.Object(
  { ...members, error: Text },
  { $id: "InferenceProblem", description: "RFC 9457 problem document with the protocol's `error`" },
);

/** What each status means on a route. */
const MEANINGS = {
  400: "The body is not what the route reads, or there are several Authorization headers",
  401: "No valid bearer token, where tokens are required",
  403: "The token lacks a required scope",
  404: "No such model or version",
  413: "Body too large or too many rows",
  414: "A name in the path is too long",
  415: "Content type, charset or encoding that the route does not read",
  422: "Values that are not acceptable, each with its path",
  500: "The server failed; its log has the reason",
  501: "What the route is for is not switched on here",
  503: "No model is loaded, tokens cannot be checked yet, or there is too much load",
};

/** A status that a route may answer with a problem document. */
export type ProblemStatus = keyof typeof MEANINGS;

/** A problem of each status, as it is answered. */
const EXAMPLES: Readonly<Record<ProblemStatus, Problem>> = {
  400: new Problem(400, "malformed", "The body is not valid JSON (near character 12)."),
  401: new Problem(
    401,
    "unauthorized",
    "this route needs a bearer token in the Authorization header",
  ),
  403: new Problem(403, "forbidden", "the token lacks a scope that this API requires"),
  404: new Problem(404, "not-found", "Only version 3 of model diabetes-model is served here."),
  413: new Problem(413, "too-large", "Request body is too large"),
  414: new Problem(414, "too-large", "'/v2/models/…' is exceeding the max param length"),
  415: new Problem(
    415,
    "unsupported-media-type",
    "The body's content type is not read here; send application/json.",
  ),
  422: invalidInput([
    { path: "/Glucose", detail: "must be at most 300 mg/dL" },
    { path: "/Weight", detail: "is not a feature of this model" },
  ]),
  500: new Problem(500, "internal", "The server failed; its log has the reason."),
  501: notKept(),
  503: new Problem(503, "no-model", "No model is loaded yet from models:/diabetes-model@champion"),
};

/** What every route that predicts may answer beside a prediction. */
export const PREDICTION_FAILURES = [400, 401, 403, 413, 415, 422, 500, 503] as const;

/** A route's response schemas for the problem documents that it may answer. */
export function problemResponses(
  statuses: readonly ProblemStatus[],
  component: "Problem" | "InferenceProblem" = "Problem",
) {
  return Object.fromEntries(
    statuses.map((status) => {
      const problem = EXAMPLES[status].toJSON();
      const example = {
        ...problem,
        instance: "urn:slipway:request:5f5d9592-2",
        ...(component === "InferenceProblem" && { error: problem["detail"] }),
      };
      const content = { schema: { $ref: `${component}#` }, example };
      return [
        status,
        { description: MEANINGS[status], content: { "application/problem+json": content } },
      ];
    }),
  );
}
