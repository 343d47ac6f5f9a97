import { useEffect, useState } from "preact/hooks";
import type { ModelStatus } from "../src/status.ts";
import { listModels } from "./client.ts";

const POLL = 5000;

/** What is known of the APIs; `error` tells that the last look failed and `models` may be old. */
export interface Statuses {
  models: readonly ModelStatus[] | null;
  error: string | null;
  checked: Date | null;
}

/** Looks at the APIs every five seconds, but not while nobody looks at the page. */
export function useStatuses(): Statuses {
  const [statuses, setStatuses] = useState<Statuses>({ models: null, error: null, checked: null });
  useEffect(() => {
    let busy = false;
    const look = async () => {
      if (document.hidden || busy) return;
      busy = true;
      try {
        setStatuses({ models: await listModels(), error: null, checked: new Date() });
      } catch (error) {
        setStatuses((old) => ({ ...old, error: (error as Error).message }));
      }
      busy = false;
    };
    const lookNow = () => void look();
    const timer = setInterval(lookNow, POLL);
    document.addEventListener("visibilitychange", lookNow);
    lookNow();
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", lookNow);
    };
  }, []);
  return statuses;
}

/** The model that the address names: `#/diabetes-model`. */
export function useModelInHash(): string | null {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const follow = () => {
      setHash(location.hash);
    };
    addEventListener("hashchange", follow);
    return () => {
      removeEventListener("hashchange", follow);
    };
  }, []);
  return hash.startsWith("#/") ? decoded(hash.slice(2)) : null;
}

/** The address of a model on this page. */
export function hashOf(name: string): string {
  return `#/${encodeURIComponent(name)}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
