import path from "node:path";
import { Failure } from "../lib/failure.ts";
import type { LocalBackup } from "./backup.ts";

/** Options of a backup without a cluster. */
export const LOCAL_OPTIONS = { "data-dir": { type: "string" }, to: { type: "string" } } as const;

/** The folder and the place of its backups. @throws Failure where a stack is named beside them. */
export function localBackup(options: {
  stack?: string | undefined;
  "data-dir"?: string | undefined;
  to?: string | undefined;
}): LocalBackup {
  const { stack, "data-dir": folder, to } = options;
  if (stack !== undefined && (folder !== undefined || to !== undefined)) {
    const message =
      "--data-dir and --to are of an `npm start`, --stack of a cluster, whose stack file says where: leave one out";
    throw new Failure(message, 2);
  }
  const dataDir = path.resolve(folder ?? ".slipway");
  // What begins with a scheme is no folder.
  const repository =
    to === undefined ? `${dataDir}-backups` : /^[a-z][a-z0-9]*:/.test(to) ? to : path.resolve(to);
  return { dataDir, repository };
}
