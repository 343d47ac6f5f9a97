import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { EnvironmentView } from "./environment.tsx";
import { ENVIRONMENT, hashOf, type Statuses, useAddress, useStatuses } from "./hooks.ts";
import { speak, spokenLanguage, t } from "./language.ts";
import { ModelView } from "./model-view.tsx";
import { Preferences } from "./preferences.tsx";
import type { Seen } from "./status.tsx";
import { ModelSwitcher } from "./switcher.tsx";

/** The whole page: the models, and one of them opened. */
export function App() {
  const statuses = useStatuses();
  const address = useAddress();
  const main = useRef<HTMLElement>(null);
  // Texts are asked for at each rendering, so that another language needs no more than one.
  const [language, setLanguage] = useState(spokenLanguage);
  const models = (statuses.models ?? []).map((model): Seen =>
    statuses.error === null ? model : { ...model, status: "unknown" },
  );
  const name = address.name ?? models[0]?.name ?? null;
  const open = address.environment ? undefined : models.find((model) => model.name === name);

  useEffect(() => {
    const title = address.environment ? t().environment : name;
    document.title = title === null ? "Slipway" : `${title} · Slipway`;
  }, [name, address.environment, language]);

  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);

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
        {t().skip}
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
        <a
          class="environment-link"
          href={ENVIRONMENT}
          aria-current={address.environment ? "page" : undefined}
        >
          {t().environment}
        </a>
        <Preferences
          onLanguage={(tag) => {
            speak(tag);
            setLanguage(spokenLanguage());
          }}
        />
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        {statuses.error !== null && (
          <p class="notice bad" role="alert">
            {statuses.error} {t().tryingAgain}
          </p>
        )}
        {address.environment ? (
          <EnvironmentView models={models} />
        ) : open ? (
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
    return statuses.error === null && <Notice title="Slipway">{t().lookingForModels}</Notice>;
  }
  if (name === null) {
    return <Notice title={t().noModel}>{t().noModelHelp}</Notice>;
  }
  return (
    <Notice title={t().unknownModel} alert>
      {t().unknownModelHelp(name)}
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
