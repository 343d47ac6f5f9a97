import type { Place } from "./environment.ts";
import { type Entry, addRecord } from "./history.ts";
import { who } from "./who.ts";

/** Adds what this command did to the history, by who runs it. */
export async function record(environment: Place, entry: Omit<Entry, "at" | "by">): Promise<Entry> {
  return addRecord(environment, { by: await who(), ...entry });
}
