import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { hashOf, type Statuses, useAddress, useStatuses } from "./hooks.ts";
import { ModelView } from "./model-view.tsx";
import type { Seen } from "./status.tsx";
import { ModelSwitcher } from "./switcher.tsx";

/** The whole page: the models, and one of them opened. */
export function App() {
  const statuses = useStatuses();
  const address = useAddress();
  const main = useRef<HTMLElement>(null);
  const models = (statuses.models ?? []).map((model): Seen =>
    statuses.error === null ? model : { ...model, status: "unknown" },
  );
  const name = address.name ?? models[0]?.name ?? null;
  const open = models.find((model) => model.name === name);

  useEffect(() => {
    document.title = name === null ? "Slipway" : `${name} · Slipway`;
  }, [name]);

  return (
    <>
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          // The address names the model and its inputs; it must not become "#main".
          event.preventDefault();
          main.current?.focus();
        }}
      >
        Skip to the form
      </a>
      <header class="top">
        <p class="brand">
          <img src="icon.svg" alt="" width="32" height="32" />
          Slipway
        </p>
        <ModelSwitcher
          models={models}
          open={open}
          hashFor={(name) => hashOf(name, address.inputsFor(name))}
        />
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        {statuses.error !== null && (
          <p class="notice bad" role="alert">
            {statuses.error} Trying again every few seconds.
          </p>
        )}
        {open ? (
          <ModelView
            key={open.name}
            status={open}
            checked={statuses.checked}
            address={address}
            look={statuses.look}
          />
        ) : (
          <Nothing statuses={statuses} name={name} />
        )}
      </main>
    </>
  );
}

function Nothing({ statuses, name }: { statuses: Statuses; name: string | null }) {
  if (statuses.models === null) {
    return statuses.error === null && <Notice title="Slipway">Looking for models…</Notice>;
  }
  if (name === null) {
    return (
      <Notice title="No model yet">
        No model is deployed yet. Name one in MODELS and it shows up here.
      </Notice>
    );
  }
  return (
    <Notice title="Unknown model" alert>
      There is no model called “{name}” here. Choose one of those above.
    </Notice>
  );
}

function Notice(props: { title: string; alert?: boolean; children: ComponentChildren }) {
  return (
    <section class="card">
      <h1>{props.title}</h1>
      <p role={props.alert ? "alert" : "status"}>{props.children}</p>
    </section>
  );
}
