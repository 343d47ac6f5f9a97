import { t } from "./language.ts";
import { StatusDot, type Seen, wordFor } from "./status.tsx";

/** As many as are shown side by side; more are a list that a native control opens and searches. */
const MOST = 8;

interface SwitcherProps {
  models: readonly Seen[];
  open: Seen | undefined;
  /** The address of a model. */
  hashFor: (name: string) => string;
}

/** The way to each model. */
export function ModelSwitcher(props: SwitcherProps) {
  return (
    <nav aria-label={t().models}>
      {props.models.length > MOST ? <Menu {...props} /> : <Links {...props} />}
    </nav>
  );
}

function Links({ models, open, hashFor }: SwitcherProps) {
  return (
    <ul>
      {models.map((model) => (
        <li key={model.name}>
          <a href={hashFor(model.name)} aria-current={model === open ? "page" : undefined}>
            <StatusDot status={model.status} />
            {model.name}
          </a>
        </li>
      ))}
    </ul>
  );
}

function Menu({ models, open, hashFor }: SwitcherProps) {
  return (
    <div class="menu">
      {open && <StatusDot status={open.status} />}
      <select
        aria-label={t().model}
        value={open?.name ?? ""}
        onChange={(event) => {
          location.hash = hashFor(event.currentTarget.value);
        }}
      >
        {!open && <option value="">{t().chooseModel}</option>}
        {models.map(({ name, status }) => (
          <option key={name} value={name}>
            {status === "healthy" ? name : `${name} (${wordFor(status).toLowerCase()})`}
          </option>
        ))}
      </select>
    </div>
  );
}
