/**
 * Ends the children of `npm start` when it is killed without a chance to do so itself (kill -9, a crash, a closed laptop).
 * Reads `+PID` and `-PID` lines on standard input; when that closes, every process group still listed is ended.
 */
import process from "node:process";
import { createInterface } from "node:readline";

const groups = new Set<number>();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => undefined);

for await (const line of createInterface({ input: process.stdin })) {
  const group = Number(line.slice(1));
  if (line.startsWith("+")) groups.add(group);
  else groups.delete(group);
}
for (const signal of ["SIGTERM", "SIGKILL"] as const) {
  for (const group of groups) {
    try {
      process.kill(-group, signal);
    } catch {
      groups.delete(group);
    }
  }
  if (groups.size > 0 && signal === "SIGTERM") await new Promise((done) => setTimeout(done, 5000));
}
