import type { ModelPackage } from "./package.ts";

/** Which version answers, and how well it did on its test data. */
export function VersionCard({ pack }: { pack: ModelPackage }) {
  const metrics = Object.entries(pack.metrics);
  return (
    <section class="card" aria-labelledby="version-heading">
      <h2 id="version-heading">
        {pack.name} <span class="muted">version {pack.version}</span>
      </h2>
      {metrics.length > 0 && (
        <dl class="figures" aria-label="Measured on the test data">
          {metrics.map(([name, value]) => (
            <div key={name}>
              <dt>{name.replaceAll("_", " ")}</dt>
              <dd>{value.toPrecision(3)}</dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}
