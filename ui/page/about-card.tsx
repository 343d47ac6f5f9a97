import { t } from "./language.ts";
import { written } from "./number.ts";
import type { ModelPackage } from "./package.ts";

/** As many features as are shown. */
const MOST = 8;

/** What the model card says of the model's use, and which features its answers hang on; nothing for a version without. */
export function AboutCard({ pack }: { pack: ModelPackage }) {
  const { license, contact, limitations = [] } = pack;
  const { importance } = pack.training;
  if (!importance && !license && !contact && limitations.length === 0) return null;
  const ranked = Object.entries(importance?.features ?? {})
    .sort(([, one], [, other]) => other.mean - one.mean)
    .slice(0, MOST);
  return (
    <section class="card" aria-labelledby="about-heading">
      <h2 id="about-heading">{t().modelCard}</h2>
      <ul class="facts">
        {contact !== undefined && <li>{t().contact(contact)}</li>}
        {license !== undefined && <li>{t().license(license)}</li>}
        {limitations.map((limitation) => (
          <li key={limitation}>{t().limitation(limitation)}</li>
        ))}
      </ul>
      {importance && (
        <details>
          <summary>{t().hangsOn}</summary>
          <p class="small muted">{t().hangsOnHelp(importance.metric.replaceAll("_", " "))}</p>
          <ol class="facts">
            {ranked.map(([name, { mean }]) => (
              <li key={name}>
                {name}: {written(mean.toFixed(4))}
              </li>
            ))}
          </ol>
        </details>
      )}
      <p class="small muted">{t().wholeCard}</p>
    </section>
  );
}
