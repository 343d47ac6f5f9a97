import type { ComponentChildren } from "preact";
import { type Entry, hintOf, meaningOf, notesOf, scaleOf, stepped } from "./form.ts";
import { t } from "./language.ts";
import { hasClock } from "./moment.ts";
import { written } from "./number.ts";
import type { Feature } from "./package.ts";

interface FieldProps {
  id: string;
  feature: Feature;
  entry: Entry;
  error: string | undefined;
  onChange: (entry: Entry) => void;
}

/** As many categories as are a list to look through; more are searched by typing. */
const MOST_IN_LIST = 15;

/** What every control of a field gets. */
interface ControlProps {
  id: string;
  disabled: boolean;
  "aria-describedby": string;
  "aria-invalid": boolean;
}

/** One feature of the model: label, control, help, and what was wrong with its value. */
export function Field({ id, feature, entry, error, onChange }: FieldProps) {
  const control: ControlProps = {
    id,
    disabled: entry.missing,
    "aria-describedby": `${id}-help ${id}-note ${id}-error`,
    "aria-invalid": error !== undefined,
  };
  const setValue = (value: string | boolean) => {
    onChange({ value, missing: false });
  };
  return (
    <div class={`field${entry.missing ? " missing" : ""}`}>
      <div class="field-head">
        <label for={id}>
          {feature.title} {feature.unit !== null && <span class="unit">{feature.unit}</span>}
        </label>
        {!feature.required && (
          <Missing id={id} feature={feature} entry={entry} onChange={onChange} />
        )}
      </div>
      <Control {...{ feature, entry, control, setValue }} />
      <div class="help small muted" id={`${id}-help`}>
        {feature.description !== null && <p>{feature.description}</p>}
        <p>{hintOf(feature)}</p>
      </div>
      <div class="note small" id={`${id}-note`} aria-live="polite">
        {notesOf(feature, entry).map((note) => (
          <p key={note}>{note}</p>
        ))}
      </div>
      <p class="error" id={`${id}-error`}>
        {error}
      </p>
    </div>
  );
}

function Missing({ id, feature, entry, onChange }: Omit<FieldProps, "error">): ComponentChildren {
  return (
    <label class="missing-choice">
      <input
        type="checkbox"
        aria-label={t().isMissing(feature.title)}
        aria-controls={id}
        checked={entry.missing}
        onChange={(event) => {
          onChange({ ...entry, missing: event.currentTarget.checked });
        }}
      />
      {t().missing}
    </label>
  );
}

interface Inner {
  feature: Feature;
  entry: Entry;
  control: ControlProps;
  setValue: (value: string | boolean) => void;
}

function Control(props: Inner) {
  if (props.feature.type === "boolean") return <Check {...props} />;
  if (props.feature.type === "category") {
    const { unknown, categories } = props.feature;
    const typed = unknown === "accept" || (categories?.length ?? 0) > MOST_IN_LIST;
    return typed ? <TypedChoice {...props} /> : <Choice {...props} />;
  }
  if (props.feature.type === "text") return <Prose {...props} />;
  if (props.feature.datetime) return <Moment {...props} clock={hasClock(props.feature.datetime)} />;
  return <NumberInput {...props} />;
}

function Moment({ entry, control, setValue, clock }: Inner & { clock: boolean }) {
  return (
    <input
      {...control}
      type={clock ? "datetime-local" : "date"}
      step={clock ? 1 : undefined}
      value={String(entry.value)}
      onInput={(event) => {
        setValue(event.currentTarget.value);
      }}
    />
  );
}

function Prose({ entry, control, setValue }: Inner) {
  return (
    <textarea
      {...control}
      rows={4}
      value={String(entry.value)}
      onInput={(event) => {
        setValue(event.currentTarget.value);
      }}
    />
  );
}

function Check({ entry, control, setValue }: Inner) {
  return (
    <input
      {...control}
      type="checkbox"
      checked={entry.value === true}
      onChange={(event) => {
        setValue(event.currentTarget.checked);
      }}
    />
  );
}

/** A category to be typed, the known ones as suggestions: for many, and where a new one may be said. */
function TypedChoice({ feature, entry, control, setValue }: Inner) {
  const list = `${control.id}-known`;
  return (
    <>
      <input
        {...control}
        type="text"
        list={list}
        placeholder={t().typeToSearch}
        autocomplete="off"
        value={String(entry.value)}
        onFocus={(event) => {
          // What stands there would be all that is suggested.
          event.currentTarget.select();
        }}
        onInput={(event) => {
          setValue(event.currentTarget.value);
        }}
      />
      <datalist id={list}>
        {feature.categories?.map((category) => (
          <option key={category} value={category} />
        ))}
      </datalist>
    </>
  );
}

function Choice({ feature, entry, control, setValue }: Inner) {
  return (
    <select
      {...control}
      value={String(entry.value)}
      onChange={(event) => {
        setValue(event.currentTarget.value);
      }}
    >
      <option value="" hidden>
        {t().choose}
      </option>
      {feature.categories?.map((category) => (
        <option key={category} value={category}>
          {category}
        </option>
      ))}
    </select>
  );
}

/**
 * A number by hand, and by slider where a scale is known. A text field: what browsers make of a comma in a number field
 * is another number, and its wheel and arrow keys step by 1 in whatever range.
 */
function NumberInput({ feature, entry, control, setValue }: Inner) {
  const scale = scaleOf(feature);
  const text = String(entry.value);
  const { value } = meaningOf(feature, { value: text, missing: false });
  const number = typeof value === "number" ? value : null;
  return (
    <div class="number">
      {scale && (
        <input
          type="range"
          {...scale}
          value={number ?? scale.min}
          disabled={control.disabled}
          aria-label={t().slider(feature.title)}
          aria-valuetext={`${text} ${feature.unit ?? ""}`.trim()}
          onInput={(event) => {
            setValue(written(event.currentTarget.valueAsNumber));
          }}
        />
      )}
      <input
        {...control}
        type="text"
        autocomplete="off"
        inputMode={feature.type === "integer" ? "numeric" : "decimal"}
        size={Math.min(Math.max(text.length, 7), 18)}
        value={text}
        onInput={(event) => {
          setValue(event.currentTarget.value);
        }}
        onKeyDown={(event) => {
          const direction = { ArrowUp: 1, ArrowDown: -1 }[event.key] as 1 | -1 | undefined;
          if (direction === undefined || number === null) return;
          const next = stepped(feature, number, direction);
          if (next === null) return;
          event.preventDefault();
          setValue(written(next));
        }}
      />
    </div>
  );
}
