import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { tell } from "../lib/tell.ts";
import { Failure } from "../lib/failure.ts";
import { installed } from "../lib/installed.ts";
import { ROOT } from "../lib/paths.ts";
import { lockDataDir } from "./lock.ts";

const COPY_DATABASE = fileURLToPath(new URL("copy_database.py", import.meta.url));
/** In the data folder: the database as it is backed up. */
const COPY = "backup-copy";

/** Where the backups of an `npm start` are kept. */
export interface LocalBackup {
  dataDir: string;
  /** A folder, or any repository that restic takes, such as `s3:https://s3.example.com/bucket`. */
  repository: string;
}

/** Backs up what the MLflow of an `npm start` knows; that may run meanwhile. @throws Failure where there is nothing, or restic fails. */
export async function backUpLocally({ dataDir, repository }: LocalBackup): Promise<void> {
  const mlflow = path.join(dataDir, "mlflow");
  if (!existsSync(path.join(mlflow, "mlflow.db"))) {
    throw new Failure(
      `${dataDir} has no MLflow database: run npm start first, or give its folder with --data-dir`,
      2,
    );
  }
  const restic = resticFor(repository);
  if (!(await isThere(restic))) await restic(["init"], dataDir);
  // First the database: what it knows of is in the folder by then.
  const draft = path.join(dataDir, `${COPY}-${process.pid}`);
  mkdirSync(draft, { recursive: true });
  try {
    await execa(python(), [
      COPY_DATABASE,
      path.join(mlflow, "mlflow.db"),
      path.join(draft, "mlflow.db"),
    ]);
    rmSync(path.join(dataDir, COPY), { recursive: true, force: true });
    renameSync(draft, path.join(dataDir, COPY));
    const parts = [path.join(COPY, "mlflow.db"), "mlflow/mlflow-version", "mlflow/artifacts"];
    const there = parts.filter((part) => existsSync(path.join(dataDir, part)));
    await restic(["backup", "--host", "npm-start", ...there], dataDir);
    await restic(["check"], dataDir);
  } finally {
    for (const folder of [draft, path.join(dataDir, COPY)])
      rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Brings a backup back into the data folder of an `npm start` that does not run; what was there is kept beside it.
 *
 * @param at the newest backup until then, `YYYY-MM-DD HH:MM:SS` in UTC. @default the newest of all
 * @throws Failure where none is as old, or it is not whole; the folder is as it was then.
 */
export async function restoreLocally(
  { dataDir, repository }: LocalBackup,
  at: string | undefined,
): Promise<void> {
  const restic = resticFor(repository);
  if (!(await isThere(restic))) {
    throw new Failure(`there are no backups in ${repository}: name another place with --to`, 2);
  }
  const snapshot = await snapshotOf(restic, repository, at);
  const lock = lockDataDir(dataDir);
  const draft = path.join(dataDir, `restoring-${process.pid}`);
  try {
    await restic(["restore", snapshot, "--target", draft, "--verify"], dataDir);
    const database = path.join(draft, COPY, "mlflow.db");
    const check =
      "import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute('PRAGMA integrity_check').fetchone()[0])";
    const { stdout } = await execa(python(), ["-c", check, database], { reject: false });
    if (stdout !== "ok")
      throw new Failure(
        `the database of backup ${snapshot} is not whole: choose another with --at`,
      );
    mkdirSync(path.join(draft, "mlflow"), { recursive: true });
    renameSync(database, path.join(draft, "mlflow", "mlflow.db"));
    const mlflow = path.join(dataDir, "mlflow");
    if (existsSync(mlflow)) {
      const before = `${mlflow}-before-${new Date().toISOString().replaceAll(/[:.]/g, "-")}`;
      renameSync(mlflow, before);
      tell(`what was there is kept in ${before}`);
    }
    renameSync(path.join(draft, "mlflow"), mlflow);
    tell(`${mlflow} is as it was backed up (${snapshot}); npm start goes on from there`);
  } finally {
    rmSync(draft, { recursive: true, force: true });
    lock.release();
  }
}

/** Shows what backups there are. */
export async function listLocally({ dataDir, repository }: LocalBackup): Promise<void> {
  await resticFor(repository)(["snapshots"], dataDir);
}

type Restic = (args: string[], cwd: string, quiet?: boolean) => Promise<string>;

function resticFor(repository: string): Restic {
  const program = installed("restic");
  if (program === undefined) {
    throw new Failure(
      "restic is not on the PATH, and keeps the backups: install it (apt install restic, brew install restic, https://restic.net)",
    );
  }
  const given = ["RESTIC_PASSWORD", "RESTIC_PASSWORD_FILE", "RESTIC_PASSWORD_COMMAND"];
  if (!given.some((name) => process.env[name])) {
    throw new Failure(
      "the backups' password is missing: export RESTIC_PASSWORD, or RESTIC_PASSWORD_FILE with the path of a file that holds it; without it nothing is restored",
      2,
    );
  }
  return async (args, cwd, quiet = false) => {
    const options = {
      cwd,
      reject: false,
      env: { TZ: "UTC", RESTIC_REPOSITORY: repository },
    } as const;
    const { exitCode, stdout, stderr } = await execa(program, args, options);
    if (exitCode !== 0)
      throw new Failure(`restic ${args[0] ?? ""} of ${repository} failed: ${stderr}`);
    if (!quiet) tell(stdout);
    return stdout;
  };
}

/** Whether a repository is there. @throws Failure where it is, and cannot be opened. */
async function isThere(restic: Restic): Promise<boolean> {
  try {
    await restic(["cat", "config"], ROOT, true);
    return true;
  } catch (error) {
    // restic says so since 0.9.2; exit code 10 since 0.17.
    if (error instanceof Failure && /Is there a repository|does not exist/.test(error.message))
      return false;
    throw error;
  }
}

async function snapshotOf(restic: Restic, repository: string, at?: string): Promise<string> {
  const all = JSON.parse(await restic(["snapshots", "--json"], ROOT, true)) as {
    short_id: string;
    time: string;
  }[];
  const inUtc = ({ time }: { time: string }) =>
    new Date(time).toISOString().slice(0, 19).replace("T", " ");
  const found = all.filter((one) => at === undefined || inUtc(one) <= at).at(-1);
  if (found) return found.short_id;
  const times = all.map(inUtc).join(", ") || "none";
  throw new Failure(
    `no backup in ${repository} is as old as ${at ?? "now"} UTC; there are: ${times}`,
    2,
  );
}

/** Any Python will do. */
function python(): string {
  const ours = path.join(ROOT, "training/.venv/bin/python");
  return existsSync(ours) ? ours : "python3";
}
