import type { ComponentChildren } from "preact";
import { Why } from "./explanation.tsx";
import { Exchange } from "./exchange.tsx";
import { readerLocale, t } from "./language.ts";
import type { Row } from "./form.ts";
import { written } from "./number.ts";
import type { ModelPackage, Prediction } from "./package.ts";
import { ClassBars, RiskScale, riskTone, shownPercent } from "./probability.tsx";

/** Where the form's question stands. */
export type Answer =
  | { state: "none" | "waiting" }
  | { state: "refused"; message: string; fields: number; rest: string[]; byHand: boolean }
  | {
      state: "answered";
      prediction: Prediction;
      row: Row;
      milliseconds: number;
      /** By the button: else a change was predicted at once, and nobody waits for it to be shown. */
      byHand: boolean;
    };

/** The answer, said aloud by screen readers when it changes. */
export function AnswerCard(props: { pack: ModelPackage; answer: Answer; stale: boolean }) {
  const { answer, stale } = props;
  return (
    <section class="card answer" aria-labelledby="answer-heading">
      <h2 id="answer-heading">{t().answer}</h2>
      <div
        aria-live="polite"
        aria-busy={answer.state === "waiting"}
        class={stale && answer.state === "answered" ? "stale" : undefined}
      >
        <Body {...props} />
      </div>
    </section>
  );
}

function Body({ pack, answer, stale }: { pack: ModelPackage; answer: Answer; stale: boolean }) {
  switch (answer.state) {
    case "none":
      return <p class="muted">{t().beforeAnswer(t().predict)}</p>;
    case "waiting":
      return <p class="muted">{t().asking}</p>;
    case "refused":
      return <Refusal {...answer} />;
    case "answered":
      return (
        <>
          <Outcome pack={pack} prediction={answer.prediction} />
          <p class="small muted">
            {t().answeredBy(
              answer.prediction.model.name,
              answer.prediction.model.version,
              written(Math.max(1, Math.round(answer.milliseconds))),
            )}
          </p>
          {stale && <p class="small stale-note">{t().stale}</p>}
          <Why pack={pack} row={answer.row} />
          <Exchange pack={pack} row={answer.row} prediction={answer.prediction} />
        </>
      );
  }
}

function Refusal({ message, fields, rest }: Extract<Answer, { state: "refused" }>) {
  return (
    <div class="notice bad">
      <p>{fields > 0 ? t().fieldsNeed(fields) : message}</p>
      {rest.map((line) => (
        <p key={line}>{line}</p>
      ))}
    </div>
  );
}

function Outcome({ pack, prediction }: { pack: ModelPackage; prediction: Prediction }) {
  const { output, risk_bands: bands } = pack;
  const { probability, probabilities, risk_level: level, interval } = prediction;
  const value = prediction[output.name] ?? t().noNumber;
  const sentence = sentenceFor(pack, value);
  const binary = pack.task === "binary" && typeof probability === "number";
  return (
    <>
      <p class="outcome">
        {sentence === undefined && (
          <span class="outcome-name">{output.name.replaceAll("_", " ")}</span>
        )}
        <strong class={sentence && "sentence"}>{sentence ?? inWords(pack, value)}</strong>
        {typeof level === "string" && <span class={`pill ${riskTone(bands, level)}`}>{level}</span>}
      </p>
      {interval ? (
        <Interval pack={pack} interval={interval} />
      ) : (
        typeof value === "number" && <UsualError pack={pack} />
      )}
      {binary && (
        <RiskScale
          outcome={outcomeOf(pack)}
          answered={answeredOf(pack)}
          probability={probability}
          bands={bands}
          threshold={pack.threshold}
        />
      )}
      {probability === null && <p>{t().noProbability}</p>}
      {!binary && probabilities && <ClassBars probabilities={probabilities} />}
    </>
  );
}

/** How far from the truth a number was among the rows of the test, where no interval tells it better. */
function UsualError({ pack }: { pack: ModelPackage }) {
  const { mae } = pack.training.metrics;
  if (mae === undefined || pack.task !== "regression") return null;
  return (
    <p class="small muted">{t().usualError(`± ${inWords(pack, Number(mae.toPrecision(3)))}`)}</p>
  );
}

function Interval(props: {
  pack: ModelPackage;
  interval: NonNullable<Prediction["interval"]>;
}): ComponentChildren {
  const { low, high, coverage } = props.interval;
  if (low === null || high === null) return null;
  return (
    <p>
      {t().between(
        inWords(props.pack, low),
        inWords(props.pack, high),
        written(Number((100 * coverage).toFixed(2))),
      )}
    </p>
  );
}

/** An answer in a few words: the outcome, and how probable it is. */
export function inBrief(pack: ModelPackage, prediction: Prediction): string {
  const value = prediction[pack.output.name] ?? t().noNumber;
  const { probability } = prediction;
  const share =
    typeof probability === "number"
      ? `; ${t().inBrief(`${pack.task === "binary" ? `${outcomeOf(pack)} ` : ""}${shownPercent(probability)}`)}`
      : "";
  return `${sentenceFor(pack, value) ?? inWords(pack, value)}${share}`;
}

/** The answer in one line, for where the card is out of sight; screen readers have the card. */
export function Brief(props: { pack: ModelPackage; answer: Answer; stale: boolean }) {
  const { pack, answer, stale } = props;
  if (answer.state !== "answered") return null;
  return (
    <p class="brief small" aria-hidden="true">
      <b>{inBrief(pack, answer.prediction)}</b>
      {stale && <span class="stale-note"> {t().beforeChanges}</span>}
    </p>
  );
}

type Class = ModelPackage["classes"][number];

/** The positive class as it reads behind "probability". */
function outcomeOf({ classes, positive }: ModelPackage): string {
  const { sentence, label = "yes" } = classes[positive ?? 1] ?? {};
  return sentence === undefined ? t().of(label) : t().that(sentence);
}

/** The positive class as it reads behind "the answer is". */
function answeredOf({ classes, positive }: ModelPackage): string {
  const { sentence, label = "yes" } = classes[positive ?? 1] ?? {};
  return sentence === undefined ? label : t().that(sentence);
}

/** What the YAML has people read of an answer, as a sentence begins; undefined where it says nothing. */
function sentenceFor(pack: ModelPackage, value: unknown): string | undefined {
  const sentence = classOf(pack, value)?.sentence;
  return sentence && sentence.charAt(0).toLocaleUpperCase(readerLocale()) + sentence.slice(1);
}

/** The class that an answer names: by truth, by value, or by label. */
function classOf({ classes, positive }: ModelPackage, value: unknown): Class | undefined {
  if (typeof value === "boolean" && positive !== null)
    return classes[value ? positive : 1 - positive];
  return classes.find(({ label }) => label === String(value));
}

function inWords(pack: ModelPackage, value: unknown): string {
  const { output } = pack;
  if (typeof value === "boolean") return classOf(pack, value)?.label ?? String(value);
  if (typeof value === "number" && output.type === "number") {
    return `${Number(value.toPrecision(6)).toLocaleString(readerLocale())} ${output.unit ?? ""}`.trimEnd();
  }
  return String(value);
}
