import process from "node:process";

/** Milliseconds between two looks at whether npm still lives. */
const PARENT_CHECK = 1000;

/**
 * Calls `stop` at the first Ctrl-C, SIGTERM, SIGHUP or when the npm that started us has gone, and `force` at the second.
 * @param stop receives what happened, in words.
 */
export function onStopRequest(stop: (reason: string) => void, force: () => void): void {
  let asked = false;
  const request = (reason: string): void => {
    if (asked) force();
    else stop(reason);
    asked = true;
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    // npm passes a terminal's Ctrl-C on, although the terminal sent it to us as well: two at once are one.
    let last = -Infinity;
    process.on(signal, () => {
      const now = performance.now();
      if (now - last > 500) request(signal);
      last = now;
    });
  }
  if (process.env["npm_lifecycle_event"] === undefined) return;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent && !asked) request("npm has gone");
  }, PARENT_CHECK).unref();
}
