import { useRef, useState } from "preact/hooks";
import { pathOf } from "./client.ts";
import type { Row } from "./form.ts";
import { t } from "./language.ts";
import type { ModelPackage, Prediction } from "./package.ts";
import { FORMS, type Form, question } from "./question.ts";

/** How long the button says that it has copied, in milliseconds. */
const SAID = 2000;

/** The same question for a terminal or a program, to copy, and the answer as it came. */
export function Exchange(props: { pack: ModelPackage; row: Row; prediction: Prediction }) {
  const [form, setForm] = useState<Form>("curl");
  const url = new URL(pathOf(props.pack.name, "predict"), document.baseURI).href;
  return (
    <details class="exchange">
      <summary>{t().withCode}</summary>
      <select
        aria-label={t().program}
        value={form}
        onChange={(event) => {
          setForm(FORMS[event.currentTarget.selectedIndex] ?? "curl");
        }}
      >
        {FORMS.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
      <Copied text={question(form, url, props.row)} />
      <p class="small muted">{t().answerAsIs}</p>
      <pre tabIndex={0}>{JSON.stringify(props.prediction, null, 2)}</pre>
    </details>
  );
}

/** A text with a button that copies it; where the browser allows no copying, as over plain HTTP, it is selected instead. */
function Copied({ text }: { text: string }) {
  const [isCopied, setCopied] = useState(false);
  const shown = useRef<HTMLPreElement>(null);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
      setTimeout(() => {
        setCopied(false);
      }, SAID);
    } catch {
      if (shown.current) getSelection()?.selectAllChildren(shown.current);
    }
  };
  return (
    <>
      <button type="button" onClick={() => void copy()}>
        {isCopied ? t().copied : t().copy}
      </button>
      <pre tabIndex={0} ref={shown}>
        {text}
      </pre>
    </>
  );
}
