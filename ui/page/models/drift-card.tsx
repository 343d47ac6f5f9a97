import { Card } from "../card.tsx";
import { loadEnvironment } from "../client.ts";
import { DRIFTED } from "../environment.tsx";
import { ENVIRONMENT, usePolled } from "../hooks.ts";
import { t } from "../language.ts";
import { written } from "../number.ts";

const POLL = 15_000;

/** How far a model's inputs have moved from the histogram of its training, as the environment's Prometheus knows it. */
export function DriftCard({ name }: { name: string }) {
  const { found, error } = usePolled(loadEnvironment, POLL);
  const drift = found?.models[name]?.drift ?? [];
  return (
    <Card id="drift" title={t().driftFromTraining}>
      {error !== null && <p class="notice fair">{error}</p>}
      {drift.length > 0 ? (
        <>
          <dl class="metrics">
            {drift.map(({ feature, psi }) => (
              <div key={feature}>
                <dt>{feature}</dt>
                <dd class={psi > DRIFTED ? "drifted" : undefined}>{written(psi.toFixed(2))}</dd>
              </div>
            ))}
          </dl>
          <p class="small muted">{t().driftHelp(written(DRIFTED))}</p>
        </>
      ) : (
        error === null && <p class="muted">{t().noDrift}</p>
      )}
      <p class="small">
        <a href={ENVIRONMENT}>{t().environment}</a>
      </p>
    </Card>
  );
}
