import assert from "node:assert/strict";
import { underLoad } from "./constant-load.ts";

/** Prints a figure below the test that took it. */
export function tell(line: string): void {
  process.stdout.write(`      ${line}\n`);
}

/** Time since then, as people read it. */
export const seconds = (since: number): string => `${((Date.now() - since) / 1000).toFixed(1)} s`;

/** Predictions go on during `work`, and none fails; tells how many there were. */
export async function noneFails(what: string, work: () => Promise<void>): Promise<void> {
  const { failures, answered } = await underLoad(work);
  tell(`${what}: ${answered} predictions, ${failures.length} failed`);
  assert.deepEqual(failures, []);
  assert.ok(answered > 0);
}
