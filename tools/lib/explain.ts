import { ExecaError } from "execa";
import { Failure } from "./failure.ts";

/** What a person needs to know of an error: an own message, what a command or the system complained about, or the stack. */
export function explain(error: unknown): string {
  if (error instanceof Failure) return error.message;
  if (!(error instanceof ExecaError)) {
    if (!(error instanceof Error)) return String(error);
    // E.g. ENOENT: no such file or directory, open 'comment.md'.
    return "syscall" in error ? error.message : (error.stack ?? "");
  }
  const command = error.escapedCommand.slice(0, 160);
  // What it said is on the screen already where nobody listened, as of a `pulumi up` that people watch.
  const stderr: unknown = error.stderr;
  const said = typeof stderr === "string" ? stderr.trim() : "";
  const status = error.exitCode ?? error.signal ?? error.code ?? "";
  return `'${command}' failed (${status})${said === "" ? "; what it said is above" : `:\n${said}`}`;
}
