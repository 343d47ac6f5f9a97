import { useState } from "preact/hooks";
import type { Answer } from "./answer.tsx";
import { predict, type RequestError } from "./client.ts";
import { type Entries, type Entry, errorsByField, exampleEntries, toRow } from "./form.ts";
import type { ModelPackage } from "./package.ts";

/** A form's state, and what changes it. */
export interface PredictionForm {
  readonly entries: Entries;
  /** What was wrong, by field. */
  readonly errors: Readonly<Record<string, string>>;
  readonly answer: Answer;
  /** Values have changed since the answer. */
  readonly stale: boolean;
  readonly change: (name: string, entry: Entry) => void;
  readonly reset: () => void;
  /** Asks the model for a prediction of what stands in the form. */
  readonly submit: () => Promise<void>;
}

/** The state of one model's form: it opens with the model's own example. */
export function usePrediction(pack: ModelPackage): PredictionForm {
  const [entries, setEntries] = useState(() => exampleEntries(pack));
  const [answer, setAnswer] = useState<Answer>({ state: "none" });
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [stale, setStale] = useState(false);

  const change = (name: string, entry: Entry) => {
    setEntries((old) => ({ ...old, [name]: entry }));
    setErrors((old) => Object.fromEntries(Object.entries(old).filter(([key]) => key !== name)));
    setStale(true);
  };
  const reset = () => {
    setEntries(exampleEntries(pack));
    setErrors({});
    setStale(true);
  };
  const submit = async () => {
    setAnswer({ state: "waiting" });
    setStale(false);
    const outcome = await ask(pack, toRow(pack.features, entries));
    setErrors(outcome.errors);
    setAnswer(outcome.answer);
  };
  return { entries, errors, answer, stale, change, reset, submit };
}

async function ask(
  pack: ModelPackage,
  row: Record<string, unknown>,
): Promise<{ answer: Answer; errors: Record<string, string> }> {
  const start = performance.now();
  try {
    const prediction = await predict(pack.name, row);
    const milliseconds = performance.now() - start;
    return { answer: { state: "answered", prediction, row, milliseconds }, errors: {} };
  } catch (error) {
    const { message, problem } = error as RequestError;
    const { fields, rest } = errorsByField(problem, pack.features);
    const count = Object.keys(fields).length;
    return { answer: { state: "refused", message, fields: count, rest }, errors: fields };
  }
}
