import type { ComponentChildren, RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { AboutCard } from "./about-card.tsx";
import { AnswerCard, Brief } from "./answer.tsx";
import { BatchCard } from "./batch/batch-card.tsx";
import { Field } from "./field.tsx";
import { HistoryCard } from "./history-card.tsx";
import { t } from "./language.ts";
import type { Feature, ModelPackage } from "./package.ts";
import { type PredictionForm, usePrediction } from "./use-prediction.ts";
import { UnderstandingCard } from "./understanding-card.tsx";
import { VersionCard } from "./version-card.tsx";
import { WhatIf } from "./what-if.tsx";

interface PredictorProps {
  pack: ModelPackage;
  /** What stands below the answer. */
  aside: ComponentChildren;
  /** What the address says of the form. */
  inputs: string;
  /** Writes what stands in the form into the address. */
  keep: (inputs: string) => void;
  /** Looks at the APIs now. */
  look: () => void;
}

/** The form of one model and, beside it, the answer. */
export function Predictor({ pack, aside, inputs, keep, look }: PredictorProps) {
  const prediction = usePrediction(pack, inputs, keep, look);
  const { answer, stale } = prediction;
  const { understanding } = pack.training;
  const form = useRef<HTMLFormElement>(null);
  const answerBox = useRef<HTMLDivElement>(null);

  // On a phone the answer is far below the button; the first bad field wins over it.
  useEffect(() => {
    if ("byHand" in answer && !answer.byHand) return;
    const bad = form.current?.querySelector<HTMLElement>("[aria-invalid=true]");
    if (answer.state === "refused" && bad) bad.focus();
    else if (answer.state !== "none") answerBox.current?.scrollIntoView({ block: "nearest" });
  }, [answer]);

  return (
    <div class="columns">
      <Form pack={pack} prediction={prediction} form={form} />
      <aside>
        <div ref={answerBox}>
          <AnswerCard pack={pack} answer={answer} stale={stale} />
        </div>
        {aside}
        <VersionCard pack={pack} />
        <AboutCard pack={pack} />
      </aside>
      <HistoryCard pack={pack} answer={answer} row={prediction.row} change={prediction.change} />
      <BatchCard pack={pack} />
      <WhatIf pack={pack} row={prediction.row} change={prediction.change} />
      {understanding && <UnderstandingCard understood={understanding} />}
    </div>
  );
}

interface FormProps {
  pack: ModelPackage;
  prediction: PredictionForm;
}

function Form({ pack, prediction, form }: FormProps & { form: RefObject<HTMLFormElement | null> }) {
  return (
    <form
      class="card"
      ref={form}
      onSubmit={(event) => {
        event.preventDefault();
        void prediction.submit();
      }}
      noValidate
    >
      <h1>{pack.title}</h1>
      {pack.description !== null && <p class="lead">{pack.description}</p>}
      <Refused sentences={prediction.refused} />
      <Fields pack={pack} prediction={prediction} />
      <Actions pack={pack} prediction={prediction} />
    </form>
  );
}

/** What the address said in vain. */
function Refused({ sentences }: { sentences: readonly string[] }) {
  if (sentences.length === 0) return null;
  return (
    <div class="notice fair" role="alert">
      <p>{t().refusedInputs}</p>
      <ul class="facts">
        {sentences.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
    </div>
  );
}

/** So many fields are seen at a glance; more can be searched. */
const AT_A_GLANCE = 12;

function Fields({ pack, prediction: { entries, errors, change } }: FormProps) {
  const [sought, setSought] = useState("");
  const words = sought.trim().toLowerCase();
  // A field that has to be mended is never hidden.
  const isShown = ({ name, title }: Feature) =>
    `${name} ${title}`.toLowerCase().includes(words) || errors[name] !== undefined;
  const shown = pack.features.filter(isShown).length;
  return (
    <>
      {pack.features.length > AT_A_GLANCE && (
        <div class="seek">
          <input
            type="search"
            aria-label={t().findInput}
            placeholder={t().findInput}
            value={sought}
            onKeyDown={(event) => {
              // Else it would ask the model.
              if (event.key === "Enter") event.preventDefault();
            }}
            onInput={(event) => {
              setSought(event.currentTarget.value);
            }}
          />
          <span class="small muted" role="status">
            {words !== "" && t().inputsShown(shown, pack.features.length)}
          </span>
        </div>
      )}
      <div class="fields">
        {pack.features.map(
          (feature, index) =>
            isShown(feature) && (
              <Field
                key={feature.name}
                id={`field-${index}`}
                feature={feature}
                entry={entries[feature.name] ?? { value: "", missing: false }}
                error={errors[feature.name]}
                onChange={(entry) => {
                  change(feature.name, entry);
                }}
              />
            ),
        )}
      </div>
    </>
  );
}

function Actions({ pack, prediction: { answer, stale, live, setLive, reset } }: FormProps) {
  return (
    <div class="actions">
      <Brief pack={pack} answer={answer} stale={stale} />
      {/* A disabled button would lose the focus of those who press it by keyboard. */}
      <button class="primary" type="submit" aria-disabled={answer.state === "waiting"}>
        {t().predict}
      </button>
      <button type="button" onClick={reset}>
        {t().reset}
      </button>
      <label class="live small">
        <input
          type="checkbox"
          checked={live}
          onChange={(event) => {
            setLive(event.currentTarget.checked);
          }}
        />
        {t().live}
      </label>
    </div>
  );
}
