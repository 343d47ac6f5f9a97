import type { ModelStatus } from "../src/status.ts";

const LOOKS = {
  healthy: { tone: "good", word: "Healthy" },
  "not ready": { tone: "fair", word: "Not ready" },
  unreachable: { tone: "bad", word: "Unreachable" },
} as const;

/** A coloured dot whose meaning is also there for screen readers. */
export function StatusDot({ status }: { status: ModelStatus["status"] }) {
  const { tone, word } = LOOKS[status];
  return (
    <span class={`dot ${tone}`} title={word}>
      <span class="unseen">{word}: </span>
    </span>
  );
}

/** How one prediction API is, as of the last look. */
export function StatusCard({ status, checked }: { status: ModelStatus; checked: Date | null }) {
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
