import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../../../tools/lib/paths.ts";
import { chooseCluster } from "../../../tools/sandbox/choose-cluster.ts";

const RECIPE = join(ROOT, "tools/sandbox/from-source/images/postgres");

/** A Postgres of Debian's other than the sandbox's own, 15.18. */
export interface NewerPostgres {
  /** In a repository of its own, as a newer image of the same repository makes the older one go. */
  reference: string;
  /** Edits of the sandbox's own Dockerfile: what is there, and what takes its place. */
  edits: [before: string, after: string][];
}

/** Debian's update of the same major version, which lies in its archive of security updates. */
export const MINOR: NewerPostgres = {
  reference: "slipway.local/updated/postgres:15-bookworm-security",
  edits: [
    [
      "RUN groupadd",
      "RUN sed 's#/debian/\\? bookworm #/debian-security bookworm-security #' /etc/apt/sources.list > /etc/apt/sources.list.d/updates.list\nRUN groupadd",
    ],
  ],
};

/** The major version of Debian's next release. */
export const MAJOR: NewerPostgres = {
  reference: "slipway.local/next/postgres:17-trixie",
  edits: [
    ["debian:12.15-slim", "debian:13-slim"],
    ["PG_MAJOR=15", "PG_MAJOR=17"],
  ],
};

/** Builds one and makes it known to the sandbox's node. */
export async function loadPostgres({ reference, edits }: NewerPostgres): Promise<void> {
  const context = await mkdtemp(join(tmpdir(), "slipway-postgres-image-"));
  try {
    await cp(RECIPE, context, { recursive: true });
    const file = join(context, "Dockerfile");
    let text = await readFile(file, "utf8");
    for (const [before, after] of edits) {
      if (!text.includes(before)) throw new Error(`${RECIPE}/Dockerfile has no '${before}' now`);
      text = text.replace(before, after);
    }
    await writeFile(file, text);
    const cluster = await chooseCluster({});
    await cluster.load([{ reference, context }]);
  } finally {
    await rm(context, { recursive: true });
  }
}
