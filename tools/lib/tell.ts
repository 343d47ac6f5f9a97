/** Prints a line of what a command does. */
export function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}
