import { readerLocale, t } from "./language.ts";
import type { ModelStatus } from "../src/status.ts";

/** `unknown`: the page's own server does not answer, so that the last look may be wrong by now. */
export type Seen = Omit<ModelStatus, "status"> & { status: ModelStatus["status"] | "unknown" };

const TONES = {
  healthy: "good",
  starting: "fair",
  "not ready": "fair",
  unreachable: "bad",
  unknown: "muted",
} as const;

/** A coloured dot whose meaning is also there for screen readers. */
export function StatusDot({ status }: { status: Seen["status"] }) {
  const word = wordFor(status);
  return (
    <span class={`dot ${TONES[status]}`} title={word}>
      <span class="unseen">{word}: </span>
    </span>
  );
}

/** A status as a coloured dot and a word. */
export function StatusWord({ status }: { status: Seen["status"] }) {
  return (
    <>
      <span class={`dot ${TONES[status]}`} aria-hidden="true" /> {wordFor(status)}
    </>
  );
}

/** A status in one word. */
export function wordFor(status: Seen["status"]): string {
  return t().status[status];
}

/** How one prediction API is, as of the last look. */
export function StatusCard({ status, checked }: { status: Seen; checked: Date | null }) {
  const tone = TONES[status.status];
  return (
    <section class="card" aria-labelledby="status-heading">
      <h2 id="status-heading">{t().api}</h2>
      <p class={`state ${tone}`} role="status">
        <StatusWord status={status.status} />
      </p>
      {status.detail !== null && <p class="small">{status.detail}</p>}
      {status.docs && (
        <p class="small">
          <a href={status.docs}>{t().apiDocs}</a>
        </p>
      )}
      <p class="small muted">{t().lastLook(checked?.toLocaleTimeString(readerLocale()) ?? "")}</p>
    </section>
  );
}
