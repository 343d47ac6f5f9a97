import { useEffect, useState } from "preact/hooks";
import { answersOf, type Answers } from "./answers.ts";
import { CategoryBars, Curve } from "./chart.tsx";
import { explore, type RequestError } from "./client.ts";
import { type Entry, entryOf, type Row } from "./form.ts";
import { t } from "./language.ts";
import type { ModelPackage } from "./package.ts";
import { moves, variantsOf } from "./variants.ts";

interface WhatIfProps {
  pack: ModelPackage;
  /** What stands in the form. */
  row: Row;
  change: (name: string, entry: Entry) => void;
}

/** A pause in typing before the form's values are asked about, in milliseconds. */
const PAUSE = 300;

type Asked = { answers: Answers } | { problem: string } | undefined;

/** The answer as one feature moves over its range: asked for in one request, once somebody opens it. */
export function WhatIf({ pack, row, change }: WhatIfProps) {
  const features = pack.features.filter(moves);
  const [name, setName] = useState(() => mostImportant(pack) ?? features[0]?.name);
  const [isOpen, setOpen] = useState(false);
  const [asked, setAsked] = useState<Asked>();
  const feature = features.find((one) => one.name === name) ?? features[0];

  useEffect(() => {
    if (!isOpen || feature === undefined) return;
    const giveUp = new AbortController();
    const timer = setTimeout(() => {
      ask(pack, row, feature, giveUp.signal).then(
        (found) => {
          if (!giveUp.signal.aborted) setAsked(found);
        },
        () => undefined,
      );
    }, PAUSE);
    return () => {
      clearTimeout(timer);
      giveUp.abort();
    };
  }, [isOpen, feature, JSON.stringify(row)]);

  if (feature === undefined) return null;
  return (
    <section class="card what-if" aria-labelledby="what-if-heading">
      <details
        onToggle={(event) => {
          setOpen(event.currentTarget.open);
        }}
      >
        <summary>
          <h2 id="what-if-heading">{t().whatIf}</h2>
        </summary>
        <p class="small muted">{t().whatIfHelp}</p>
        <select
          aria-label={t().feature}
          value={feature.name}
          onChange={(event) => {
            setName(event.currentTarget.value);
          }}
        >
          {features.map(({ name, title }) => (
            <option key={name} value={name}>
              {title}
            </option>
          ))}
        </select>
        {asked && "problem" in asked && <p class="notice fair">{asked.problem}</p>}
        {asked && "answers" in asked && (
          <Drawn
            {...asked}
            choose={(value) => {
              change(asked.answers.feature.name, entryOf(asked.answers.feature, value));
            }}
          />
        )}
      </details>
    </section>
  );
}

function Drawn(props: { answers: Answers; choose: (value: string | number | boolean) => void }) {
  const { type } = props.answers.feature;
  return type === "number" || type === "integer" ? (
    <Curve {...props} />
  ) : (
    <CategoryBars {...props} />
  );
}

async function ask(
  pack: ModelPackage,
  row: Row,
  feature: ModelPackage["features"][number],
  signal: AbortSignal,
): Promise<Asked> {
  const variants = variantsOf(feature, row);
  try {
    const rows = variants.map((variant) => variant.row);
    const predictions = await explore(pack.name, rows, signal);
    return { answers: answersOf(pack, feature, row[feature.name], variants, predictions) };
  } catch (error) {
    const { message, problem } = error as RequestError;
    // Faults of the form's other values are said there.
    return { problem: problem.errors?.[0]?.detail ?? message };
  }
}

function mostImportant({ features, training }: ModelPackage): string | undefined {
  const means = Object.entries(training.importance?.features ?? {})
    .filter(([name]) => features.some((feature) => feature.name === name && moves(feature)))
    .sort(([, one], [, other]) => other.mean - one.mean);
  return means[0]?.[0];
}
