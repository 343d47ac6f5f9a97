import { Progress } from "./progress.ts";

const progress = new Progress();

/** Prints one line of progress with the seconds since the start of the command. */
export function say(text: string): void {
  progress.say(text);
}

/** Runs a step, saying when it starts, and when and how long after it ended. */
export async function step<T>(title: string, work: () => Promise<T>): Promise<T> {
  say(`${title} …`);
  const result = await progress.phase(title, work);
  say(`${title}: done in ${progress.seconds[title] ?? 0} s`);
  return result;
}
