/** One prediction API as the page sees it; what `GET /api/models` lists. */
export interface ModelStatus {
  /** Registered model name, as in `MODELS`. */
  name: string;
  /**
   * `not ready`: the API answers but has no model loaded, or says that it is not well. `starting`: it has not answered
   * yet, and this server has not waited long.
   */
  status: "healthy" | "starting" | "not ready" | "unreachable";
  /** Model version that the API has loaded, null when it has none or does not say. */
  version: string | null;
  /** For a person: why it is so, and what the API says of its registry; null where all is well. */
  detail: string | null;
  /** Where people read what the API takes and answers; absent where they cannot reach it. */
  docs?: string | undefined;
}
