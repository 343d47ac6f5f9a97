import type { FiringAlert, ModelNumbers } from "../src/environment-status.ts";
import { Card } from "./card.tsx";
import { loadEnvironment } from "./client.ts";
import { usePolled } from "./hooks.ts";
import { t } from "./language.ts";
import { written } from "./number.ts";
import { type Seen, StatusWord } from "./status.tsx";
import { when } from "./when.ts";

const POLL = 15_000;
/** Stands where nothing is known. */
export const NOTHING = "–";
/** Above this population stability index the alert FeatureDrift fires. */
export const DRIFTED = 0.2;

/** How everything is: each model's replicas and figures, what fires, when data were last brought to safety. */
export function EnvironmentView({ models }: { models: readonly Seen[] }) {
  const { found: environment, error } = usePolled(loadEnvironment, POLL);
  return (
    <div class="environment">
      <h1>{t().environment}</h1>
      {error !== null && (
        <p class="notice bad" role="alert">
          {error} {t().tryingAgain}
        </p>
      )}
      {environment && <Alerts alerts={environment.alerts} />}
      <Card id="models" title={t().models}>
        <ModelTable models={models} numbers={environment?.models ?? {}} />
        {environment && <p class="small muted">{t().lastFiveMinutes}</p>}
      </Card>
      {environment?.backups && (
        <Card id="backups" title={t().backups}>
          <dl class="metrics">
            <Moment name={t().lastBackup} time={environment.backups.made} />
            <Moment name={t().lastProven} time={environment.backups.proven} />
          </dl>
        </Card>
      )}
      {environment?.sleep && (
        <Card id="sleep" title={t().sleepHours}>
          <dl class="metrics">
            <Moment name={t().fallsAsleep} time={environment.sleep.sleeps} />
            <Moment name={t().wakesUp} time={environment.sleep.wakes} />
          </dl>
        </Card>
      )}
      {environment === null && <p class="small muted">{t().notWatched}</p>}
    </div>
  );
}

function Alerts({ alerts }: { alerts: readonly FiringAlert[] }) {
  return (
    <Card id="alerts" title={t().alerts}>
      {alerts.length === 0 ? (
        <p class="state good" role="status">
          <span class="dot good" aria-hidden="true" />
          {t().noAlert}
        </p>
      ) : (
        <ul class="alerts">
          {alerts.map(({ name, severity, summary, since }) => (
            <li key={`${name} ${summary}`}>
              <span class={`pill ${severity === "critical" ? "bad" : "fair"}`}>
                {severity === "critical" ? t().critical : t().warning}
              </span>
              <span>
                {summary} <span class="small muted">{`${name}, ${t().since(when(since))}`}</span>
              </span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

interface ModelTableProps {
  models: readonly Seen[];
  numbers: Readonly<Record<string, ModelNumbers>>;
}

function ModelTable({ models, numbers }: ModelTableProps) {
  const titles = [t().model, t().state, t().versions, t().rate, t().half, t().nearlyAll, t().drift];
  return (
    // A scroll container must be within reach of the keyboard.
    <div class="wide" role="group" aria-labelledby="models-heading" tabIndex={0}>
      <table>
        <thead>
          <tr>
            {titles.map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {models.map((model) => (
            <tr key={model.name}>
              <th scope="row">{model.name}</th>
              <td>
                <StatusWord status={model.status} />
              </td>
              <Figures model={model} numbers={numbers[model.name]} />
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Figures({ model, numbers }: { model: Seen; numbers: ModelNumbers | undefined }) {
  const versions = Object.entries(numbers?.replicas ?? {}).map(([version, count]) =>
    t().onReplicas(version, count),
  );
  const [most] = numbers?.drift ?? [];
  return (
    <>
      <td>{versions.join("; ") || (model.version ?? NOTHING)}</td>
      <td class="count">{numbers ? figure(60 * numbers.rate) : NOTHING}</td>
      <td class="count">{milliseconds(numbers?.p50)}</td>
      <td class="count">{milliseconds(numbers?.p99)}</td>
      <td class={most && most.psi > DRIFTED ? "drifted" : undefined}>
        {most ? `${most.feature}: ${written(most.psi.toFixed(2))}` : NOTHING}
      </td>
    </>
  );
}

function Moment({ name, time }: { name: string; time: string | null }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{time === null ? t().neverTold : when(time)}</dd>
    </div>
  );
}

function milliseconds(seconds: number | null | undefined): string {
  return seconds == null ? NOTHING : `${figure(1000 * seconds)} ms`;
}

function figure(number: number): string {
  return written(number < 10 ? Number(number.toPrecision(2)) : Math.round(number));
}
