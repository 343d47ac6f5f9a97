import { useEffect, useState } from "preact/hooks";
import { type Answer, inBrief } from "./answer.tsx";
import { type Entry, entryOf, type Row } from "./form.ts";
import { type Difference, differences, forget, pastAnswers, remember } from "./history.ts";
import { readerLocale, t } from "./language.ts";
import { inShort } from "./number.ts";
import type { ModelPackage } from "./package.ts";

interface HistoryCardProps {
  pack: ModelPackage;
  answer: Answer;
  /** What stands in the form. */
  row: Row;
  change: (name: string, entry: Entry) => void;
}

/** The answers so far, each with what was different then; one click brings its inputs back into the form. */
export function HistoryCard({ pack, answer, row, change }: HistoryCardProps) {
  const [past, setPast] = useState(() => pastAnswers(pack.name));
  useEffect(() => {
    if (answer.state !== "answered" || !answer.byHand) return;
    setPast(remember(pack.name, { ...answer, at: Date.now() }));
  }, [answer]);
  if (past.length < 2) return null;
  return (
    <section class="card history" aria-labelledby="history-heading">
      <details>
        <summary>
          <h2 id="history-heading">{t().answersSoFar(past.length)}</h2>
        </summary>
        <p class="small muted">{t().historyHelp}</p>
        <div class="wide" role="group" aria-labelledby="history-heading" tabIndex={0}>
          <table>
            <thead>
              <tr>
                <th scope="col">{t().answer}</th>
                <th scope="col">{t().difference}</th>
                <th scope="col">{t().model}</th>
                <th scope="col">{t().time}</th>
              </tr>
            </thead>
            <tbody>
              {past.map((one) => (
                <tr key={one.at}>
                  <th scope="row">
                    <button
                      type="button"
                      title={t().takeInputs}
                      onClick={() => {
                        for (const feature of pack.features)
                          change(feature.name, entryOf(feature, one.row[feature.name] ?? null));
                      }}
                    >
                      {inBrief(pack, one.prediction)}
                    </button>
                  </th>
                  <td>
                    {differences(pack.features, one.row, row).map(said).join("; ") ||
                      t().nothingElse}
                  </td>
                  <td>{t().version(one.prediction.model.version)}</td>
                  <td>{new Date(one.at).toLocaleTimeString(readerLocale())}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <button
          type="button"
          onClick={() => {
            forget(pack.name);
            setPast([]);
          }}
        >
          {t().forget}
        </button>
      </details>
    </section>
  );
}

function said({ feature, then, now }: Difference): string {
  const value = (one: Difference["then"]) => {
    if (one === undefined) return t().missing;
    return typeof one === "number" ? inShort(one) : String(one);
  };
  return t().thenAndNow(feature.title, value(then), value(now));
}
