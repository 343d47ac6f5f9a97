/** Prints one line of progress with the seconds since the start of the command. */
export function say(text: string): void {
  const seconds = Math.round(process.uptime()).toString().padStart(4);
  process.stderr.write(`${seconds} s  ${text}\n`);
}

/** Runs a step, saying when it starts, and when and how long after it ended. */
export async function step<T>(title: string, work: () => Promise<T>): Promise<T> {
  say(`${title} …`);
  const start = performance.now();
  const result = await work();
  say(`${title}: done in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return result;
}

/** A failure that a person can act on: printed as one message, without a stack. */
export class SandboxError extends Error {
  override readonly name = "SandboxError";
}
