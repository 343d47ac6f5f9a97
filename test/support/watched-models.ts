import type { WatchedModel } from "../../components/lib/live-rules.ts";

/** A model that is judged each hour, and answers a batch each night. */
export const WATCHED: WatchedModel[] = [
  {
    model: "iris-model",
    capture: { schedule: "20 * * * *" },
    batch: [{ name: "nightly", schedule: "0 3 * * *" }],
  },
];
