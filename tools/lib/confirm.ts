import { createInterface } from "node:readline/promises";
import { Failure } from "./failure.ts";

/** Asks a person before something is done. @throws Failure where nobody can be asked, or the answer is no. */
export async function confirm(question: string): Promise<void> {
  needPerson();
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // Ctrl-C and Ctrl-D close it, and would leave the question without an answer for ever.
  const closed = new AbortController();
  terminal.once("close", () => {
    closed.abort();
  });
  const { signal } = closed;
  const answer = await terminal.question(`${question} [y/N] `, { signal }).catch(() => "");
  terminal.close();
  if (!/^y(es)?$/i.test(answer)) throw new Failure("nothing was changed");
}

/** @throws Failure where nobody can be asked. */
export function needPerson(): void {
  if (!process.stdin.isTTY) throw new Failure("nobody can be asked here: add --yes", 2);
}
