const FAILURES = {
  400: "The body is not what the protocol describes",
  401: "No valid bearer token, where tokens are required",
  403: "The token lacks a required scope",
  404: "No such model or version",
  413: "Body too large or too many rows",
  415: "Content type or charset that is not supported",
  422: "Values that are not acceptable, each with its path",
  503: "No model loaded, or too much load",
};

/** OpenAPI responses for the problem documents that a route may answer. */
export function problemResponses(...statuses: (keyof typeof FAILURES)[]) {
  const schema = {
    type: "object",
    description: "RFC 9457 problem document",
    additionalProperties: true,
  };
  const content = { "application/problem+json": { schema } };
  return Object.fromEntries(
    statuses.map((status) => [status, { description: FAILURES[status], content }]),
  );
}
