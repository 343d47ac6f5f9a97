import { useEffect, useRef, useState } from "preact/hooks";
import { entriesOf, inputsOf } from "./address.ts";
import type { Answer } from "./answer.tsx";
import { predict, type RequestError } from "./client.ts";
import {
  type Entries,
  type Entry,
  entryOf,
  errorsByField,
  exampleEntries,
  type Row,
  toRow,
} from "./form.ts";
import { keep as keepChoice, kept } from "./kept.ts";
import { spokenLanguage } from "./language.ts";
import type { ModelPackage } from "./package.ts";

/** Where the choice to predict each change is kept, and how long a pause in typing is, in milliseconds. */
const [LIVE, PAUSE] = ["slipway-live", 150];

/** A form's state, and what changes it. */
export interface PredictionForm {
  readonly entries: Entries;
  /** What they say to the model. */
  readonly row: Row;
  /** What was wrong, by field. */
  readonly errors: Readonly<Record<string, string>>;
  /** What the address said in vain, in sentences. */
  readonly refused: readonly string[];
  readonly answer: Answer;
  /** The form is not what the answer is of. */
  readonly stale: boolean;
  /** Whether each change is predicted at once. */
  readonly live: boolean;
  readonly setLive: (live: boolean) => void;
  readonly change: (name: string, entry: Entry) => void;
  readonly reset: () => void;
  /** Asks the model for a prediction of what stands in the form. */
  readonly submit: () => Promise<void>;
}

/**
 * The state of one model's form.
 *
 * @param inputs what the address says; else the form opens with the model's own example
 * @param keep gets the inputs as an address holds them, after each change
 * @param look is told when no answer came, which may be the API's health
 */
export function usePrediction(
  pack: ModelPackage,
  inputs: string,
  keep: (inputs: string) => void,
  look: () => void,
): PredictionForm {
  const [opened] = useState(() => entriesOf(pack, inputs));
  const [entries, setEntries] = useState(opened.entries);
  const [refused, setRefused] = useState<readonly string[]>(opened.refused);
  const [answer, setAnswer] = useState<Answer>({ state: "none" });
  const [errors, setErrors] = useState<Record<string, string>>({});
  const { row, problems } = toRow(pack.features, entries);
  const asked = JSON.stringify(row);
  const readable = Object.keys(problems).length === 0;
  // Rows are in the order of the features.
  const isSame = answer.state === "answered" && readable && asked === JSON.stringify(answer.row);
  const stale = answer.state === "answered" && !isSame;

  const pending = useRef<AbortController>(undefined);
  /** Only the newest question is answered: those before it are given up. */
  const question = async (byHand: boolean) => {
    pending.current?.abort();
    const { signal } = (pending.current = new AbortController());
    if (byHand) setAnswer({ state: "waiting" });
    const outcome = await ask(pack, row, byHand, signal);
    if (outcome === undefined) return;
    setErrors(outcome.errors);
    setAnswer(outcome.answer);
    if (outcome.answer.state === "refused" && outcome.answer.fields === 0) look();
  };
  const [live, setLive] = useState(() => kept(LIVE) === "yes");
  useEffect(() => {
    if (!live || !readable || isSame) return;
    const timer = setTimeout(() => void question(false), PAUSE);
    return () => {
      clearTimeout(timer);
    };
  }, [live, readable, asked]);

  const isOpened = useRef(true);
  useEffect(() => {
    // An address that is wrong in part stays to be looked at until something changes.
    if (!isOpened.current) keep(inputsOf(pack, entries));
    isOpened.current = false;
  }, [entries]);

  // In another language, numbers are written another way: each as it was read in the one before.
  const read = useRef({ language: spokenLanguage(), row });
  useEffect(() => {
    const { language, row: before } = read.current;
    read.current = { language: spokenLanguage(), row };
    if (language !== spokenLanguage()) setEntries((old) => rewritten(pack, old, before));
  });

  const change = (name: string, entry: Entry) => {
    setEntries((old) => ({ ...old, [name]: entry }));
    setErrors((old) => Object.fromEntries(Object.entries(old).filter(([key]) => key !== name)));
  };
  const reset = () => {
    setEntries(exampleEntries(pack));
    setErrors({});
    setRefused([]);
  };
  const submit = async () => {
    if (answer.state === "waiting") return;
    const unreadable = Object.keys(problems).length;
    if (unreadable > 0) {
      setErrors(problems);
      setAnswer({ state: "refused", message: "", fields: unreadable, rest: [], byHand: true });
      return;
    }
    await question(true);
  };
  const chooseLive = (on: boolean) => {
    keepChoice(LIVE, on ? "yes" : "no");
    setLive(on);
  };
  return {
    ...{ entries, row, errors, refused, answer, stale, live },
    ...{ setLive: chooseLive, change, reset, submit },
  };
}

/** The entries with their numbers as this language writes them. */
function rewritten({ features }: ModelPackage, entries: Entries, row: Row): Entries {
  const numbers = features.flatMap((feature) => {
    const value = row[feature.name];
    return typeof value === "number" ? [[feature.name, entryOf(feature, value)] as const] : [];
  });
  return { ...entries, ...Object.fromEntries(numbers) };
}

/** Undefined where it was given up. */
async function ask(
  pack: ModelPackage,
  row: Row,
  byHand: boolean,
  signal: AbortSignal,
): Promise<{ answer: Answer; errors: Record<string, string> } | undefined> {
  const start = performance.now();
  try {
    const prediction = await predict(pack.name, row, signal);
    const milliseconds = performance.now() - start;
    return { answer: { state: "answered", prediction, row, milliseconds, byHand }, errors: {} };
  } catch (error) {
    if (signal.aborted) return undefined;
    const { message, problem } = error as RequestError;
    const { fields, rest } = errorsByField(problem, pack.features);
    const count = Object.keys(fields).length;
    return { answer: { state: "refused", message, fields: count, rest, byHand }, errors: fields };
  }
}
