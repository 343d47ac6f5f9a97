import type { ModelStatus } from "../src/status.ts";

/** `unknown`: the page's own server does not answer, so that the last look may be wrong by now. */
export type Seen = Omit<ModelStatus, "status"> & { status: ModelStatus["status"] | "unknown" };

const LOOKS = {
  healthy: { tone: "good", word: "Healthy" },
  starting: { tone: "fair", word: "Starting" },
  "not ready": { tone: "fair", word: "Not ready" },
  unreachable: { tone: "bad", word: "Unreachable" },
  unknown: { tone: "muted", word: "Unknown" },
} as const;

/** A coloured dot whose meaning is also there for screen readers. */
export function StatusDot({ status }: { status: Seen["status"] }) {
  const { tone, word } = LOOKS[status];
  return (
    <span class={`dot ${tone}`} title={word}>
      <span class="unseen">{word}: </span>
    </span>
  );
}

/** A status in one word. */
export function wordFor(status: Seen["status"]): string {
  return LOOKS[status].word;
}

/** How one prediction API is, as of the last look. */
export function StatusCard({ status, checked }: { status: Seen; checked: Date | null }) {
  const { tone, word } = LOOKS[status.status];
  return (
    <section class="card" aria-labelledby="status-heading">
      <h2 id="status-heading">Prediction API</h2>
      <p class={`state ${tone}`} role="status">
        <span class={`dot ${tone}`} aria-hidden="true" />
        {word}
      </p>
      {status.detail !== null && <p class="small">{status.detail}</p>}
      <p class="small muted">Last looked at {checked?.toLocaleTimeString()}</p>
    </section>
  );
}
