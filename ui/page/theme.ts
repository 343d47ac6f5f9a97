import { keep, kept } from "./kept.ts";

/** Colours of the page; `auto` is what the system asks for. */
export const THEMES = ["auto", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const KEPT = "slipway-theme";

/** What a visit before chose. */
export function chosenTheme(): Theme {
  return THEMES.find((theme) => theme === kept(KEPT)) ?? "auto";
}

/** Shows the page in these colours, now and on the next visit. */
export function show(theme: Theme): void {
  document.documentElement.style.colorScheme = theme === "auto" ? "" : theme;
  keep(KEPT, theme);
}
