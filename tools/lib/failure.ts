/** A failure that a person can mend: its message says what is wrong and what to do, so no stack trace is shown. */
export class Failure extends Error {
  /** Exit code of the command; the training's own codes (2, 3, 4) are passed on. */
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.name = "Failure";
    this.exitCode = exitCode;
  }
}

/** The text of anything that was thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
