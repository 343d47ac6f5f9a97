import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { ModelStatus } from "../src/status.ts";
import { listModels } from "./client.ts";

const POLL = 5000;
/** Browsers refuse an address that changes more often than a hundred times in thirty seconds. */
const KEEP = 350;

/** The address of the environment's own view; a model's begins with `#/`. */
export const ENVIRONMENT = "#environment";
/** How the address of the view of a model's versions begins. */
const VERSIONS = "#models/";

/** What is known of the APIs; `error` tells that the last look failed and `models` may be old. */
export interface Statuses {
  models: readonly ModelStatus[] | null;
  error: string | null;
  checked: Date | null;
}

/** Looks at the APIs every five seconds, but not while nobody looks at the page; `look` does it now. */
export function useStatuses(): Statuses & { look: () => void } {
  const { found = null, ...rest } = usePolled(listModels, POLL);
  return { models: found, ...rest };
}

/** The last answer to a question that is asked again and again; `error` tells that the latest try had none. */
interface Polled<Answer> {
  /** Undefined before the first answer. */
  found: Answer | undefined;
  error: string | null;
  checked: Date | null;
  /** Asks now. */
  look: () => void;
}

/** Asks every so many milliseconds, but not while nobody looks at the page. */
export function usePolled<Answer>(ask: () => Promise<Answer>, every: number): Polled<Answer> {
  const [polled, setPolled] = useState<Omit<Polled<Answer>, "look">>({
    found: undefined,
    error: null,
    checked: null,
  });
  const busy = useRef(false);
  const look = useCallback(async () => {
    if (document.hidden || busy.current) return;
    busy.current = true;
    try {
      setPolled({ found: await ask(), error: null, checked: new Date() });
    } catch (error) {
      setPolled((old) => ({ ...old, error: (error as Error).message }));
    }
    busy.current = false;
  }, []);
  const lookNow = useCallback(() => void look(), []);
  useEffect(() => {
    const timer = setInterval(lookNow, every);
    document.addEventListener("visibilitychange", lookNow);
    lookNow();
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", lookNow);
    };
  }, []);
  return { ...polled, look: lookNow };
}

/** What the address says: a model, and what stands in its form. */
export interface Address {
  /** What is shown: a model's form, its versions, or how the environment is. */
  view: "form" | "versions" | "environment";
  /** Registered name; null for the first model. */
  name: string | null;
  /** As `entriesOf` reads it; empty for the model's example. */
  inputs: string;
  /** Counts the ways to this page, so that a form is made anew for another address. */
  visit: number;
  /** Writes a form's inputs into the address, and remembers them for `inputsFor`. */
  keep: (name: string, inputs: string) => void;
  /** What stood in a model's form when it was left. */
  inputsFor: (name: string) => string;
}

/** The address `#/diabetes-model?Glucose=90`: behind the `#`, so that no server sees or logs the inputs. */
export function useAddress(): Address {
  const [{ hash, visit }, follow] = useState({ hash: location.hash, visit: 0 });
  const kept = useRef(new Map<string, string>());
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    const onChange = () => {
      clearTimeout(timer.current);
      follow((old) => ({ hash: location.hash, visit: old.visit + 1 }));
    };
    addEventListener("hashchange", onChange);
    return () => {
      removeEventListener("hashchange", onChange);
    };
  }, []);
  const keep = useCallback((name: string, inputs: string) => {
    kept.current.set(name, inputs);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      history.replaceState(null, "", hashOf(name, inputs));
    }, KEEP);
  }, []);
  const [, name = null, inputs = ""] = /^#(?:models)?\/([^?]*)\??(.*)$/s.exec(hash) ?? [];
  const view = hash.startsWith(VERSIONS) ? "versions" : "form";
  return {
    view: hash === ENVIRONMENT ? "environment" : view,
    name: name === null || name === "" ? null : decoded(name),
    inputs,
    visit,
    keep,
    inputsFor: (name) => kept.current.get(name) ?? "",
  };
}

/** The address of a model on this page, with what stands in its form. */
export function hashOf(name: string, inputs: string): string {
  return `#/${encodeURIComponent(name)}${inputs === "" ? "" : "?"}${inputs}`;
}

/** The address of a model's versions; without a name, those of the first model. */
export function versionsHashOf(name: string): string {
  return VERSIONS + encodeURIComponent(name);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
