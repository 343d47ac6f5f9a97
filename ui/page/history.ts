import type { Row } from "./form.ts";
import { keep, kept } from "./kept.ts";
import type { Feature, Prediction } from "./package.ts";

/** An answer that somebody asked for. */
export interface PastAnswer {
  /** Milliseconds since 1970. */
  at: number;
  row: Row;
  prediction: Prediction;
}

/** So many are kept, the newest first. */
const MOST = 20;

const keyOf = (model: string) => `slipway-answers ${model}`;

/** What a model has answered in this tab: inputs may be about people, so that they are gone with it. */
export function pastAnswers(model: string): readonly PastAnswer[] {
  try {
    return JSON.parse(kept(keyOf(model), "session") ?? "[]") as PastAnswer[];
  } catch {
    return [];
  }
}

/** Keeps one more, and gives all. */
export function remember(model: string, answer: PastAnswer): readonly PastAnswer[] {
  const all = [answer, ...pastAnswers(model)].slice(0, MOST);
  keep(keyOf(model), JSON.stringify(all), "session");
  return all;
}

/** Forgets them. */
export function forget(model: string): void {
  keep(keyOf(model), "[]", "session");
}

/** A feature whose value is another one now; undefined is missing. */
export interface Difference {
  feature: Feature;
  then: Row[string] | undefined;
  now: Row[string] | undefined;
}

/** What has changed from one row to another, in the order of the features. */
export function differences(features: readonly Feature[], then: Row, now: Row): Difference[] {
  return features
    .map((feature) => ({ feature, then: then[feature.name], now: now[feature.name] }))
    .filter((one) => one.then !== one.now);
}
