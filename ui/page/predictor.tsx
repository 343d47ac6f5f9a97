import type { ComponentChildren, TargetedSubmitEvent } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { type Answer, AnswerCard } from "./answer.tsx";
import { predict, type RequestError } from "./client.ts";
import { Field } from "./field.tsx";
import { type Entry, errorsByField, exampleEntries, toRow } from "./form.ts";
import type { ModelPackage } from "./package.ts";
import { VersionCard } from "./version-card.tsx";

/** The form of one model and, beside it, the answer. */
export function Predictor({ pack, aside }: { pack: ModelPackage; aside: ComponentChildren }) {
  const [entries, setEntries] = useState(() => exampleEntries(pack));
  const [answer, setAnswer] = useState<Answer>({ state: "none" });
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [stale, setStale] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const answerBox = useRef<HTMLDivElement>(null);

  const change = (name: string, entry: Entry) => {
    setEntries((old) => ({ ...old, [name]: entry }));
    setErrors((old) => Object.fromEntries(Object.entries(old).filter(([key]) => key !== name)));
    setStale(true);
  };

  const submit = async (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const row = toRow(pack.features, entries);
    setAnswer({ state: "waiting" });
    setStale(false);
    const start = performance.now();
    try {
      const prediction = await predict(pack.name, row);
      const milliseconds = performance.now() - start;
      setErrors({});
      setAnswer({ state: "answered", prediction, row, milliseconds });
    } catch (error) {
      const { message, problem } = error as RequestError;
      const { fields, rest } = errorsByField(problem, pack.features);
      setErrors(fields);
      setAnswer({ state: "refused", message, fields: Object.keys(fields).length, rest });
    }
  };

  // On a phone the answer is far below the button; the first bad field wins over it.
  useEffect(() => {
    const bad = form.current?.querySelector<HTMLElement>("[aria-invalid=true]");
    if (answer.state === "refused" && bad) bad.focus();
    else if (answer.state !== "none") answerBox.current?.scrollIntoView({ block: "nearest" });
  }, [answer]);

  return (
    <div class="columns">
      <form class="card" ref={form} onSubmit={(event) => void submit(event)} noValidate>
        <h1>{pack.title}</h1>
        {pack.description !== null && <p class="lead">{pack.description}</p>}
        <div class="fields">
          {pack.features.map((feature, index) => (
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
          ))}
        </div>
        <div class="actions">
          <button class="primary" type="submit" disabled={answer.state === "waiting"}>
            Predict
          </button>
          <button
            type="button"
            onClick={() => {
              setEntries(exampleEntries(pack));
              setErrors({});
              setStale(true);
            }}
          >
            Reset to the example
          </button>
        </div>
      </form>
      <aside>
        <div ref={answerBox}>
          <AnswerCard pack={pack} answer={answer} stale={stale} />
        </div>
        {aside}
        <VersionCard pack={pack} />
      </aside>
    </div>
  );
}
