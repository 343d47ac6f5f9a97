interface Store {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

// Browsers have them; Node, where tests read texts and numbers, does not.
declare const localStorage: Store;
declare const sessionStorage: Store;

/** Until when something is kept: for later visits, or while the tab is open. */
type Until = "always" | "session";

/** What was kept, where the browser lets it be. */
export function kept(key: string, until: Until = "always"): string | null {
  try {
    return storeOf(until).getItem(key);
  } catch {
    return null;
  }
}

/** Keeps something, where the browser allows that. */
export function keep(key: string, value: string, until: Until = "always"): void {
  try {
    storeOf(until).setItem(key, value);
  } catch {
    // A browser that keeps nothing asks again: so be it.
  }
}

function storeOf(until: Until): Store {
  return until === "always" ? localStorage : sessionStorage;
}
