import type { ComponentChildren } from "preact";
import { type Entry, hintOf, scaleOf } from "./form.ts";
import type { Feature } from "./package.ts";

interface FieldProps {
  id: string;
  feature: Feature;
  entry: Entry;
  error: string | undefined;
  onChange: (entry: Entry) => void;
}

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
    "aria-describedby": `${id}-help ${id}-error`,
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
        aria-label={`${feature.title} is missing`}
        aria-controls={id}
        checked={entry.missing}
        onChange={(event) => {
          onChange({ ...entry, missing: event.currentTarget.checked });
        }}
      />
      missing
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
    return props.feature.unknown === "accept" ? <OpenChoice {...props} /> : <Choice {...props} />;
  }
  return <NumberInput {...props} />;
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

/** A category that may also be a new one: the known ones are suggestions. */
function OpenChoice({ feature, entry, control, setValue }: Inner) {
  const list = `${control.id}-known`;
  return (
    <>
      <input
        {...control}
        type="text"
        list={list}
        value={String(entry.value)}
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
        Choose…
      </option>
      {feature.categories?.map((category) => (
        <option key={category} value={category}>
          {category}
        </option>
      ))}
    </select>
  );
}

/** A number by hand, and by slider where a scale is known. */
function NumberInput({ feature, entry, control, setValue }: Inner) {
  const scale = scaleOf(feature);
  const value = String(entry.value);
  return (
    <div class="number">
      {scale && (
        <input
          type="range"
          {...scale}
          value={value === "" ? scale.min : value}
          disabled={control.disabled}
          aria-label={`${feature.title}, slider`}
          aria-valuetext={`${value} ${feature.unit ?? ""}`.trim()}
          onInput={(event) => {
            setValue(event.currentTarget.value);
          }}
        />
      )}
      <input
        {...control}
        type="number"
        step="any"
        inputMode={feature.type === "integer" ? "numeric" : "decimal"}
        value={value}
        onInput={(event) => {
          setValue(event.currentTarget.value);
        }}
      />
    </div>
  );
}
