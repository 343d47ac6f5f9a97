import { t } from "./language.ts";
import { written } from "./number.ts";
import type { ModelPackage } from "./package.ts";

/** Which version answers, and how well it did on its test data. */
export function VersionCard({ pack }: { pack: ModelPackage }) {
  const { git_sha, metrics, rows } = pack.training;
  return (
    <section class="card" aria-labelledby="version-heading">
      <h2 id="version-heading">
        {pack.name} <span class="muted">{t().version(pack.version)}</span>
      </h2>
      <p class="small muted">
        {t().trainedOn(rows.train, rows.test)}
        {git_sha !== "unknown" && `; ${t().commit(git_sha.slice(0, 7))}`}
      </p>
      <dl class="metrics">
        {Object.entries(metrics).map(([name, value]) => (
          <div key={name}>
            <dt>{name.replaceAll("_", " ")}</dt>
            <dd>{written(value.toPrecision(3))}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
