/** One prediction API as the page sees it; what `GET /api/models` lists. */
export interface ModelStatus {
  /** Registered model name, as in `MODELS`. */
  name: string;
  /** `not ready`: the API answers but has no model loaded, or says that it is not well. */
  status: "healthy" | "not ready" | "unreachable";
  /** Model version that the API has loaded, null when it has none or does not say. */
  version: string | null;
  /** One sentence for a person, null while the API is healthy. */
  detail: string | null;
}
