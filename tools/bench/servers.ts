import path from "node:path";
import process from "node:process";
import type { Command } from "../local/children.ts";
import type { Python } from "../local/python.ts";

/** A server to be measured. */
export interface Contender {
  command: Command;
  /** Route that the load goes to. */
  url: string;
  body: string;
}

/** Slipway's own server: the one that others are compared with. */
export const OURS = "slipway";

/**
 * Slipway's server and its peers, each as one process on one core: what a bare Fastify costs that only echoes (the
 * floor of this framework), and MLflow's own scoring server with the same model.
 * @param folder model package. @param row one row of named features. @param ports one a server.
 */
export function contenders(
  root: string,
  python: Python,
  folder: string,
  row: unknown,
  ports: [number, number, number],
): Contender[] {
  const [ours, echo, mlflow] = ports;
  const node = [process.execPath, "--max-semi-space-size=4"];
  const records = JSON.stringify({ dataframe_records: [row] });
  const contender = (
    name: string,
    argv: string[],
    env: Record<string, string>,
    url: string,
    body: string,
  ): Contender => ({ command: { name, argv: ["taskset", "-c", "0", ...argv], env }, url, body });
  return [
    contender(
      OURS,
      [...node, path.join(root, "serving", "dist", "server.js")],
      { MODEL_URI: folder, HOST: "127.0.0.1", PORT: String(ours), LOG_LEVEL: "warn" },
      `http://127.0.0.1:${ours}/predict`,
      JSON.stringify(row),
    ),
    contender(
      "bare Fastify echo",
      [...node, "--import", "tsx", path.join(root, "tools", "bench", "echo.ts")],
      { PORT: String(echo) },
      `http://127.0.0.1:${echo}/predict`,
      JSON.stringify(row),
    ),
    contender(
      "mlflow models serve",
      [
        ...[python.interpreter, "-m", "uvicorn", "mlflow.pyfunc.scoring_server.app:app"],
        ...["--host", "127.0.0.1", "--port", String(mlflow), "--workers", "1"],
        ...["--log-level", "warning"],
      ],
      // What `mlflow models serve` hands to the same uvicorn, which it starts as a child.
      { __pyfunc_model_path__: folder },
      `http://127.0.0.1:${mlflow}/invocations`,
      records,
    ),
  ];
}
