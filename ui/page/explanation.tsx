import { useEffect, useState } from "preact/hooks";
import { explain, type RequestError } from "./client.ts";
import { t } from "./language.ts";
import type { Row } from "./form.ts";
import { inShort, written } from "./number.ts";
import type { Explanation, ModelPackage } from "./package.ts";
import { shownPercent } from "./probability.tsx";

/** As many features as have a bar of their own; what the others do is said together. */
const MOST = 8;

type Asked =
  | { state: "not yet" | "waiting" }
  | { state: "refused"; message: string }
  | { state: "explained"; explanation: Explanation };

interface WhyProps {
  pack: ModelPackage;
  /** The row that was answered. */
  row: Row;
}

/** Why the answer is what it is: asked for by a button, as it costs the model as much as many answers. */
export function Why({ pack, row }: WhyProps) {
  const [asked, setAsked] = useState<Asked>({ state: "not yet" });
  useEffect(() => {
    setAsked({ state: "not yet" });
  }, [row]);
  const ask = async () => {
    if (asked.state === "waiting") return;
    setAsked({ state: "waiting" });
    try {
      setAsked({ state: "explained", explanation: await explain(pack.name, row) });
    } catch (error) {
      setAsked({ state: "refused", message: (error as RequestError).message });
    }
  };
  if (asked.state === "explained") return <Reasons pack={pack} explanation={asked.explanation} />;
  return (
    <>
      <button type="button" aria-disabled={asked.state === "waiting"} onClick={() => void ask()}>
        {asked.state === "waiting" ? t().askingWhy : t().why}
      </button>
      {asked.state === "refused" && <p class="notice fair">{asked.message}</p>}
    </>
  );
}

/** What each feature adds to the mean answer, or takes from it. */
function Reasons({ pack, explanation }: { pack: ModelPackage; explanation: Explanation }) {
  const { class: of, base, value, contributions } = explanation;
  const shown = (number: number | null): string =>
    number === null
      ? t().noNumber
      : of === null
        ? inShort(number, pack.output.unit)
        : shownPercent(number);
  const rest = contributions.slice(MOST);
  const others = rest.reduce((sum, { contribution }) => sum + (contribution ?? 0), 0);
  const bars = contributions.slice(0, MOST).map(({ feature, contribution, error }) => ({
    title: pack.features.find(({ name }) => name === feature)?.title ?? feature,
    contribution: contribution ?? 0,
    error,
  }));
  if (rest.length > 0) {
    bars.push({ title: t().othersTogether(rest.length), contribution: others, error: null });
  }
  const longest = Math.max(...bars.map(({ contribution }) => Math.abs(contribution)));
  return (
    <div class="why">
      <h3>{t().whyTitle}</h3>
      <p class="small">
        {of === null
          ? t().meanAnswer(shown(base), shown(value))
          : t().meanProbability(of, shown(base), shown(value))}{" "}
        {of === null ? t().whatEachAdds : t().pointsEachAdds}
      </p>
      <dl class="reasons">
        {bars.map(({ title, contribution, error }) => (
          <div key={title}>
            <dt>{title}</dt>
            <dd>
              <span class="lever" aria-hidden="true">
                <span
                  class={contribution < 0 ? "less" : "more"}
                  style={{ width: `${longest > 0 ? (50 * Math.abs(contribution)) / longest : 0}%` }}
                />
              </span>
              <span>
                {signed(pack, of, contribution)}
                {error !== null && (
                  <span class="muted"> ± {signed(pack, of, error).replace("+", "")}</span>
                )}
              </span>
            </dd>
          </div>
        ))}
      </dl>
      <p class="small muted">{t().whyCaution}</p>
    </div>
  );
}

/** With its sign; of a probability in points of a percent. */
function signed(pack: ModelPackage, of: string | null, number: number): string {
  const size = Math.abs(number);
  const text = of === null ? inShort(size, pack.output.unit) : written((100 * size).toFixed(1));
  return `${number < 0 ? "−" : "+"}${text}`;
}
