import { t } from "./language.ts";
import { written } from "./number.ts";
import type { RiskBand } from "./package.ts";

/** The tone of a risk level: the band's own, else first band good, last bad, those between fair. */
export function riskTone(bands: readonly RiskBand[], level: string): "good" | "fair" | "bad" {
  const index = bands.findIndex(({ label }) => label === level);
  const tone = bands[index]?.tone;
  if (tone !== undefined) return tone === "caution" ? "fair" : tone;
  if (index <= 0) return "good";
  return index === bands.length - 1 ? "bad" : "fair";
}

interface RiskScaleProps {
  /** The positive class, as it reads behind "probability": "of yes", or "that the patient is ill". */
  outcome: string;
  /** The same as it reads behind "the answer is". */
  answered: string;
  probability: number;
  bands: readonly RiskBand[];
  /** From where on the answer is that class, if the model says so. */
  threshold: number | undefined;
}

/** P(positive) on a scale from 0 to 1, with the model's risk bands and threshold where it has some. */
export function RiskScale({ outcome, answered, probability, bands, threshold }: RiskScaleProps) {
  const title = t().probability(outcome);
  const limits = bands.map(({ below }) => below ?? 1);
  return (
    <div class="scale">
      <p class="scale-head">
        <span>{title}</span>
        <b>{shownPercent(probability)}</b>
      </p>
      <div
        class="track"
        role="meter"
        aria-label={title}
        aria-valuemin={0}
        aria-valuemax={1}
        aria-valuenow={probability}
        aria-valuetext={shownPercent(probability)}
      >
        {bands.length === 0 && <div class="fill" style={{ width: percent(probability) }} />}
        {bands.map(({ label }, index) => (
          <div
            key={label}
            class={`band ${riskTone(bands, label)}`}
            style={{ flexGrow: (limits[index] ?? 1) - (limits[index - 1] ?? 0) }}
          />
        ))}
        {threshold !== undefined && <div class="threshold" style={{ left: percent(threshold) }} />}
        <div class="marker" style={{ left: percent(probability) }} />
      </div>
      <div class="ticks small muted" aria-hidden="true">
        {bands.map(({ label }, index) => (
          <span key={label} style={{ flexGrow: (limits[index] ?? 1) - (limits[index - 1] ?? 0) }}>
            {label}
          </span>
        ))}
      </div>
      {threshold !== undefined && (
        <p class="small muted">
          {t().fromThreshold(answered, written(Number((100 * threshold).toPrecision(4))))}
        </p>
      )}
    </div>
  );
}

/** As many classes as are shown at once. */
const TOP = 5;

/** The probability of each class that has one, likeliest first; many only on demand. */
export function ClassBars({ probabilities }: { probabilities: Record<string, number | null> }) {
  const classes = Object.entries(probabilities)
    .flatMap(([label, probability]) =>
      probability === null ? [] : [[label, probability] as const],
    )
    .sort(([, a], [, b]) => b - a);
  const rest = classes.slice(TOP);
  const bars = (some: typeof classes) => (
    <Bars bars={some.map(([label, share]) => ({ label, share, shown: shownPercent(share) }))} />
  );
  if (rest.length < 2) return bars(classes);
  return (
    <>
      {bars(classes.slice(0, TOP))}
      <details>
        <summary>{t().lessLikely(rest.length)}</summary>
        {bars(rest)}
      </details>
    </>
  );
}

/** Shares of a whole, or of the most, each with what is read of it. */
export function Bars(props: { bars: readonly { label: string; share: number; shown: string }[] }) {
  return (
    <dl class="bars">
      {props.bars.map(({ label, share, shown }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>
            <span class="bar" aria-hidden="true">
              <span class="fill" style={{ width: percent(share) }} />
            </span>
            {shown}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** A share in percent, as the reader writes it. */
export function shownPercent(share: number): string {
  return written(percent(share));
}

/** For style sheets, which know the point alone. */
function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}
