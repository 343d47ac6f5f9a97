import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { EnvironmentView } from "./environment.tsx";
import {
  ENVIRONMENT,
  hashOf,
  type Statuses,
  useAddress,
  useStatuses,
  versionsHashOf,
} from "./hooks.ts";
import { speak, spokenLanguage, t } from "./language.ts";
import { ModelView } from "./model-view.tsx";
import { VersionsView } from "./models/versions-view.tsx";
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
  const { view } = address;
  const open = view === "environment" ? undefined : models.find((model) => model.name === name);

  useEffect(() => {
    const titles = {
      form: name,
      versions: t().versionsOf(name ?? ""),
      environment: t().environment,
    };
    document.title = titles[view] === null ? "Slipway" : `${titles[view]} · Slipway`;
  }, [name, view, language]);

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
          hashFor={(name) =>
            view === "versions" ? versionsHashOf(name) : hashOf(name, address.inputsFor(name))
          }
        />
        <p class="views">
          <ViewLink href={versionsHashOf(name ?? "")} isOpen={view === "versions"}>
            {t().models}
          </ViewLink>
          <ViewLink href={ENVIRONMENT} isOpen={view === "environment"}>
            {t().environment}
          </ViewLink>
        </p>
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
        {view === "environment" ? (
          <EnvironmentView models={models} />
        ) : open && view === "versions" ? (
          <VersionsView
            key={open.name}
            model={open}
            form={hashOf(open.name, address.inputsFor(open.name))}
          />
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

function ViewLink(props: { href: string; isOpen: boolean; children: ComponentChildren }) {
  return (
    <a class="view-link" href={props.href} aria-current={props.isOpen ? "page" : undefined}>
      {props.children}
    </a>
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
