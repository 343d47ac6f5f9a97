import { rm } from "node:fs/promises";
import { existingCluster, forgetCluster } from "./choose-cluster.ts";
import { DATA } from "../lib/paths.ts";
import { say, step } from "../lib/steps.ts";
import { tearDown } from "./from-source/teardown.ts";

/** Removes the sandbox, whatever state it is in; a second time does nothing. Without `wipe`, its data stays. */
export async function destroy({ wipe }: { wipe: boolean }): Promise<void> {
  const cluster = await existingCluster();
  await step(wipe ? "destroy" : "stop", async () => {
    if (cluster && cluster.kind !== "source") await cluster.down({ wipe });
    // Always: an earlier run may have been killed before it noted what it had started.
    await tearDown({ wipe });
  });
  if (wipe) {
    await forgetCluster();
    await rm(DATA, { recursive: true, force: true });
    say("nothing of the sandbox is left but the cache of builds");
  }
}
