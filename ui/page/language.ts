import { keep, kept } from "./kept.ts";
import { ENGLISH, type Texts } from "./texts/english.ts";
import { FRENCH } from "./texts/french.ts";
import { SPANISH } from "./texts/spanish.ts";

// Browsers have it; Node, where tests read texts and numbers, may not.
declare const navigator: { readonly languages: readonly string[] } | undefined;

/** A language that the page speaks: its own name, and all that it says. */
const LANGUAGES = {
  en: { name: "English", texts: ENGLISH },
  fr: { name: "Français", texts: FRENCH },
  es: { name: "Español", texts: SPANISH },
} as const satisfies Record<string, { name: string; texts: Texts }>;

/** Its tag of BCP 47. */
export type Language = keyof typeof LANGUAGES;

const KEPT = "slipway-language";

/** In the order of the menu. */
export const languages = Object.entries(LANGUAGES).map(([tag, { name }]) => ({ tag, name }));

let chosen = remembered();
let language = chosen ?? preferred() ?? "en";

/** What the page says in the reader's language. */
export function t(): Texts {
  return LANGUAGES[language].texts;
}

/** The language that the page speaks. */
export function spokenLanguage(): Language {
  return language;
}

/** The tag by which numbers and times are written, the reader's own variant such as `fr-CA`; undefined is the browser's own. */
export function readerLocale(): string | undefined {
  const own = readerTags().find((one) => languageOf(one) === language);
  // Whoever reads another language gets its numbers beside English texts: a comma must mean what it means to them.
  const isFirst = own === readerTags()[0];
  return chosen === undefined && !isFirst ? undefined : (own ?? language);
}

/** Speaks another language from the next rendering on, and on the next visit. */
export function speak(tag: string): void {
  if (!isLanguage(tag)) return;
  chosen = language = tag;
  keep(KEPT, tag);
}

function isLanguage(tag: string | null): tag is Language {
  return tag !== null && tag in LANGUAGES;
}

function remembered(): Language | undefined {
  const tag = kept(KEPT);
  return isLanguage(tag) ? tag : undefined;
}

/** Tags of what the reader reads, best first. */
function readerTags(): readonly string[] {
  return typeof navigator === "undefined" ? [] : navigator.languages;
}

function preferred(): Language | undefined {
  return readerTags().map(languageOf).find(isLanguage);
}

function languageOf(tag: string): string {
  return tag.split("-")[0] ?? "";
}
