import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync } from "node:fs";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { lastLines, type Children, type Command } from "../lib/children.ts";
import { Failure, reasonOf } from "../lib/failure.ts";
import type { Python } from "../lib/python.ts";

const COPY_DATABASE = fileURLToPath(new URL("copy_database.py", import.meta.url));
/** Begins the name of each folder in which a database is migrated; one that is found at a start was interrupted. */
const DRAFT = "migrating-";

/** MLflow's database in its folder, and what stands beside it. */
function filesIn(folder: string) {
  return {
    database: path.join(folder, "mlflow.db"),
    /** The MLflow whose schema the database has. */
    version: path.join(folder, "mlflow-version"),
    /** The database as it was before an upgrade, until the upgraded one has answered. */
    before: path.join(folder, "mlflow.db.before-upgrade"),
  };
}

/** The database that MLflow is to use, e.g. `sqlite:////home/me/.slipway/mlflow/mlflow.db`. */
export function databaseUri(folder: string): string {
  return `sqlite:///${filesIn(folder).database}`;
}

/**
 * Creates MLflow's database, or brings it to the schema of the installed MLflow. A migration that is interrupted leaves
 * a database that no later one can mend, so each happens in a copy, which takes the database's place when it is whole.
 *
 * @param version of the installed MLflow.
 * @throws Failure when the migration fails; the database is as it was then.
 */
export async function prepareDatabase(
  children: Children,
  python: Python,
  folder: string,
  version: string,
): Promise<void> {
  const files = filesIn(folder);
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder).filter((one) => one.startsWith(DRAFT))) {
    rmSync(path.join(folder, name), { recursive: true, force: true });
  }
  const there = existsSync(files.database);
  if (there && readText(files.version) === version) return;
  try {
    const draft = mkdtempSync(path.join(folder, DRAFT));
    const migrated = path.join(draft, "mlflow.db");
    if (there) await run(children, python, "copy", [COPY_DATABASE, files.database, migrated]);
    const upgrade = ["-m", "mlflow", "db", "upgrade", `sqlite:///${migrated}`];
    await run(children, python, "migration", upgrade);
    // An upgrade that never answered must not take the place of the last database that did.
    if (there && !existsSync(files.before)) {
      const before = path.join(draft, "before");
      copyFileSync(files.database, before);
      renameSync(before, files.before);
    }
    renameSync(migrated, files.database);
    writeFileSync(files.version, version);
    rmSync(draft, { recursive: true, force: true });
  } catch (error) {
    const state = there
      ? `${files.database} is as it was; move it away to begin with an empty one`
      : "nothing was created";
    throw new Failure(
      `MLflow's database can't be brought to version ${version}; ${state}.\n${reasonOf(error)}`,
      4,
    );
  }
}

/** To be called when MLflow has answered: the database from before its upgrade is not needed any more. */
export function databaseAnswers(folder: string): void {
  rmSync(filesIn(folder).before, { force: true });
}

async function run(
  children: Children,
  python: Python,
  name: string,
  words: string[],
): Promise<void> {
  const argv: Command["argv"] = [python.interpreter, ...words];
  const env = { ...python.env, MLFLOW_DISABLE_TELEMETRY: "true" };
  const child = children.start({ name: `mlflow-${name}`, argv, env });
  const code = await child.exited;
  if (code === 0) return;
  const log = `its log ${child.log} ends with:\n${lastLines(child.log)}`;
  throw new Failure(`${child.name} ended with exit code ${code}; ${log}`);
}

function readText(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}
