import { DATA } from "../lib/paths.ts";
import { Failure } from "../lib/failure.ts";
import { takeLock } from "../lib/lock.ts";

/** Beside the sandbox's folder, which `destroy` removes while it holds the lock. */
const LOCKS = `${DATA}.lock`;

/**
 * Does something to the sandbox that no other command may do to it meanwhile. A command that was killed holds nothing.
 *
 * @param command how it is called, as `npm run sandbox -- recreate`. @throws Failure while another one runs.
 */
export async function holdSandbox(command: string, work: () => Promise<void>): Promise<void> {
  const lock = takeLock(LOCKS, command, ({ pid, does = "npm run sandbox" }) => {
    return new Failure(
      `\`${does}\` already runs on ${DATA} (process ${pid}): wait until it has ended, or end it (\`kill ${pid}\`); ` +
        `then \`${command}\` goes on from what is there`,
    );
  });
  try {
    await work();
  } finally {
    lock.release();
  }
}
