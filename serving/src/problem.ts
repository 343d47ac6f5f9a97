import { STATUS_CODES } from "node:http";

/** One thing wrong with a request: an RFC 6901 pointer into the body, and what to do about it. */
export interface Fault {
  readonly path: string;
  readonly detail: string;
}

/** The kinds of refusal; the last part of a problem's `type` URI. */
export type ProblemKind =
  | "malformed"
  | "invalid-input"
  | "too-large"
  | "unsupported-media-type"
  | "not-acceptable"
  | "unauthorized"
  | "forbidden"
  | "not-found"
  | "timeout"
  | "no-model"
  | "no-keys"
  | "overloaded"
  | "not-kept"
  | "not-stored"
  | "internal";

/** Parts of a problem beside its kind. */
export interface ProblemOptions {
  readonly errors?: readonly Fault[];
  /** Extra response headers, e.g. `retry-after`, `www-authenticate`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** An answer that is an RFC 9457 problem document. Throw it anywhere below a route. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly statusCode: number;
  readonly kind: ProblemKind;
  readonly errors: readonly Fault[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(statusCode: number, kind: ProblemKind, detail: string, options: ProblemOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.statusCode = statusCode;
    this.kind = kind;
    this.errors = options.errors ?? [];
    this.headers = options.headers ?? {};
  }

  /** The document's members; `errors` only where there are some. */
  toJSON(): Record<string, unknown> {
    return {
      type: `urn:slipway:problem:${this.kind}`,
      title: STATUS_CODES[this.statusCode] ?? "Error",
      status: this.statusCode,
      detail: this.message,
      ...(this.errors.length > 0 && { errors: this.errors }),
    };
  }
}

/** 503: nothing is loaded yet. */
export function noModel(why: string): Problem {
  return new Problem(503, "no-model", why, { headers: { "retry-after": "5" } });
}

/** 503: there is more to do than can be answered in time. */
export function overloaded(why: string): Problem {
  return new Problem(503, "overloaded", `${why} Try again shortly.`, {
    headers: { "retry-after": "1" },
  });
}

/** 501: predictions and labels are for a server that keeps them. */
export function notKept(): Problem {
  const detail =
    "Predictions and labels are not kept here. Start with `npm start -- --capture`, or give the server CAPTURE_URL.";
  return new Problem(501, "not-kept", detail);
}

/** 422 with every bad field. */
export function invalidInput(errors: readonly Fault[], total = errors.length): Problem {
  const shown = total > errors.length ? `, the first ${errors.length} are listed` : "";
  const detail = `${total} ${total === 1 ? "value is" : "values are"} not acceptable${shown}.`;
  return new Problem(422, "invalid-input", detail, { errors });
}
