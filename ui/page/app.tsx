import { useEffect } from "preact/hooks";
import type { ModelStatus } from "../src/status.ts";
import { hashOf, type Statuses, useModelInHash, useStatuses } from "./hooks.ts";
import { ModelView } from "./model-view.tsx";
import { StatusDot } from "./status.tsx";

/** The whole page: the models, and one of them opened. */
export function App() {
  const statuses = useStatuses();
  const inHash = useModelInHash();
  const models = statuses.models ?? [];
  const name = inHash ?? models[0]?.name ?? null;
  const open = models.find((model) => model.name === name);

  useEffect(() => {
    document.title = name === null ? "Slipway" : `${name} · Slipway`;
  }, [name]);

  return (
    <>
      <header class="top">
        <p class="brand">
          <img src="icon.svg" alt="" width="32" height="32" />
          Slipway
        </p>
        <ModelSwitcher models={models} open={open} />
      </header>
      <main>
        {statuses.error !== null && (
          <p class="notice bad" role="alert">
            {statuses.error} Trying again every few seconds.
          </p>
        )}
        {open ? (
          <ModelView key={open.name} status={open} checked={statuses.checked} />
        ) : (
          <Nothing statuses={statuses} name={name} />
        )}
      </main>
    </>
  );
}

function ModelSwitcher({
  models,
  open,
}: {
  models: readonly ModelStatus[];
  open: ModelStatus | undefined;
}) {
  return (
    <nav aria-label="Models">
      <ul>
        {models.map((model) => (
          <li key={model.name}>
            <a href={hashOf(model.name)} aria-current={model === open ? "page" : undefined}>
              <StatusDot status={model.status} />
              {model.name}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Nothing({ statuses, name }: { statuses: Statuses; name: string | null }) {
  if (statuses.models === null) {
    return statuses.error === null && <p class="notice">Looking for models…</p>;
  }
  if (name === null) {
    return <p class="notice">No model is deployed yet. Name one in MODELS and it shows up here.</p>;
  }
  return (
    <p class="notice" role="alert">
      There is no model called “{name}” here. Choose one of those above.
    </p>
  );
}
