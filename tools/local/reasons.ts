import { Failure } from "../lib/failure.ts";

/** A reason with its model's name before it, which some messages have already. */
export function named(model: string, reason: string): string {
  return reason.startsWith(`${model}: `) ? reason : `${model}: ${reason}`;
}

/** One failure from the reasons by model. */
export function failureOf(failed: Record<string, string>, exitCode: number): Failure {
  const reasons = Object.entries(failed).map(([model, reason]) => named(model, reason));
  return new Failure(reasons.join("\n\n"), exitCode === 0 ? 1 : exitCode);
}
