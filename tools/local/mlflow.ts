import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Child, Children } from "../lib/children.ts";
import type { Python } from "../lib/python.ts";
import { databaseUri, prepareDatabase } from "./database.ts";

const SERVE_MLFLOW = fileURLToPath(new URL("serve_mlflow.py", import.meta.url));

/** What the server is started with. */
export interface MlflowArgs {
  children: Children;
  python: Python;
  /** The installed MLflow. */
  version: string;
  /** State, made when absent. */
  folder: string;
  port: number;
  onExit: (code: number) => void;
}

/**
 * Starts MLflow's tracking server on this machine — SQLite, artifacts in a folder, job execution off — once its database
 * has the right schema; it answers some seconds later. @throws Failure when the database can't be prepared.
 */
export async function startMlflow(args: MlflowArgs): Promise<Child> {
  const { children, python, version, folder, port, onExit } = args;
  await prepareDatabase(children, python, folder, version);
  const hosts = ["127.0.0.1", "localhost"].flatMap((host) => [host, `${host}:${port}`]);
  return children.start({
    name: "mlflow",
    argv: [
      ...([python.interpreter, SERVE_MLFLOW] as const),
      ...["--host", "127.0.0.1", "--port", String(port), "--workers", "1"],
      ...["--backend-store-uri", databaseUri(folder)],
      ...["--serve-artifacts", "--artifacts-destination", path.join(folder, "artifacts")],
      ...["--allowed-hosts", hosts.join(",")],
    ],
    env: { MLFLOW_SERVER_ENABLE_JOB_EXECUTION: "false", MLFLOW_DISABLE_TELEMETRY: "true" },
    onExit,
  });
}
