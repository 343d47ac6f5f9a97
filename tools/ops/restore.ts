import { copyFile } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import type { PulumiCall } from "../lib/stack/pulumi-call.ts";
import { STACK as SANDBOX } from "../lib/stack/sandbox.ts";
import { headOf } from "../../components/lib/git.ts";
import {
  IMAGE_SOURCES,
  type ImageName,
  imageRevision,
} from "../../components/lib/image-sources.ts";
import { atCommit } from "../lib/stack/other-commit.ts";
import { readStackKey } from "../lib/stack/read-stack.ts";
import { stackFile } from "../lib/stack/stack-file.ts";
import { ROOT } from "../lib/paths.ts";
import type { Environment } from "../lib/stack/environment.ts";
import { writePins } from "./pins.ts";
import { pulumiUp } from "../lib/stack/pulumi-up.ts";
import type { Entry } from "../lib/stack/history.ts";

/**
 * The last deployment that went well and that git can bring back.
 *
 * @param sha the commit that has just failed: going back to it would be no way back.
 */
export function lastGood(records: readonly Entry[], sha: string): Entry | undefined {
  return records.findLast(
    (entry) =>
      entry.event === "deploy" && entry.result === "ok" && !entry.dirty && entry.sha !== sha,
  );
}

/**
 * Those of an earlier deployment's images that must be pinned to run again. One whose folder has not changed since is still
 * in Pulumi's state as it was built: pinned, it would leave the state, and the next deployment would build and roll it out anew.
 *
 * @param tags tag of each image at the commit that failed.
 */
export function pinsToRestore(
  images: Record<string, string>,
  tags: Record<string, string>,
): Record<string, string> {
  const changed = ([name, pin]: [string, string]) =>
    pin.split("@")[0]?.split(":").at(-1) !== tags[name];
  return Object.fromEntries(Object.entries(images).filter(changed));
}

/** Tag of each image at the commit that is checked out. */
function currentTags(): Record<string, string> {
  const names = Object.keys(IMAGE_SOURCES) as ImageName[];
  return Object.fromEntries(names.map((name) => [name, imageRevision(ROOT, name).tag]));
}

/** Runs `pulumi up` from the commit of an earlier deployment, with the very images that ran then: nothing is built. */
export async function restore(
  environment: Environment,
  call: PulumiCall,
  { sha = "", images = {} }: Entry,
): Promise<void> {
  await atCommit(sha, "restore", async (folder) => {
    const configFile = stackFile(environment.stack, folder);
    if (environment.stack === SANDBOX) await copyFile(environment.configFile, configFile);
    // Other arguments build another image of the same tag.
    const now = readStackKey("build", environment.configFile);
    const alike = isDeepStrictEqual(now, readStackKey("build", configFile));
    writePins(configFile, alike ? pinsToRestore(images, currentTags()) : images);
    // It ran well: a policy that is newer is no reason not to go back.
    // A checkout beside the branch is on none, and its images keep the tag of theirs.
    const { branch } = headOf(ROOT);
    const env = { ...call.env, ...(branch === undefined ? {} : { SLIPWAY_BRANCH: branch }) };
    await pulumiUp({ ...call, env }, { cwd: folder, configFile, policies: false });
  });
}
