import { mkdirSync } from "node:fs";
import path from "node:path";
import type { Child, Children } from "../lib/children.ts";
import type { Python } from "../lib/python.ts";

/** MLflow's tracking server on this machine: SQLite, artifacts in a folder, job execution off. */
export interface Mlflow {
  url: string;
  child: Child;
}

/** Starts the server; it answers some seconds later. @param folder state, made when absent. */
export function startMlflow(
  children: Children,
  python: Python,
  folder: string,
  port: number,
  onExit: (code: number) => void,
): Mlflow {
  mkdirSync(folder, { recursive: true });
  const hosts = ["127.0.0.1", "localhost"].flatMap((host) => [host, `${host}:${port}`]);
  const child = children.start({
    name: "mlflow",
    argv: [
      ...([python.interpreter, "-m", "mlflow", "server"] as const),
      ...["--host", "127.0.0.1", "--port", String(port), "--workers", "1"],
      ...["--backend-store-uri", `sqlite:///${path.join(folder, "mlflow.db")}`],
      ...["--serve-artifacts", "--artifacts-destination", path.join(folder, "artifacts")],
      ...["--allowed-hosts", hosts.join(",")],
    ],
    env: { MLFLOW_SERVER_ENABLE_JOB_EXECUTION: "false", MLFLOW_DISABLE_TELEMETRY: "true" },
    onExit,
  });
  return { url: `http://127.0.0.1:${port}`, child };
}
