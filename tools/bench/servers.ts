import path from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import type { Command } from "../lib/children.ts";

/** A server to be measured. */
export interface Contender {
  command: Command;
  /** Route that the load goes to. */
  url: string;
  body: string;
}

/** Slipway's own server: the one that is compared with its peers. */
const OURS = "slipway";

/**
 * Slipway's server without and with the prediction log, and its peer, each as one process on one core: a bare Fastify that only echoes is the floor of this
 * framework. MLflow's own scoring server is no peer: its ONNX flavour cannot answer for a classifier that has both
 * label and probabilities ("All arrays must be of the same length", MLflow 3.17.2).
 * @param folder model package. @param row one row of named features. @param ports one a server.
 */
export function contenders(
  root: string,
  folder: string,
  row: unknown,
  ports: { ours: number; keeping: number; echo: number },
): Contender[] {
  const pinned: [string, ...string[]] = ["taskset", "-c", "0", process.execPath];
  const node: [string, ...string[]] = [...pinned, "--max-semi-space-size=4"];
  const body = JSON.stringify(row);
  const ours = (name: string, port: number, settings: Record<string, string> = {}): Contender => ({
    command: {
      name,
      argv: [...node, path.join(root, "serving", "dist", "server.js")],
      env: {
        ...{ MODEL_URI: folder, HOST: "127.0.0.1", PORT: String(port), LOG_LEVEL: "warn" },
        ...settings,
      },
    },
    url: `http://127.0.0.1:${port}/predict`,
    body,
  });
  const predictions = pathToFileURL(path.join(folder, "predictions")).href;
  return [
    ours(OURS, ports.ours),
    ours(`${OURS}, predictions kept`, ports.keeping, { CAPTURE_URL: predictions }),
    {
      command: {
        name: "bare Fastify echo",
        argv: [...node, "--import", "tsx", path.join(root, "tools", "bench", "echo.ts")],
        env: { PORT: String(ports.echo) },
      },
      url: `http://127.0.0.1:${ports.echo}/predict`,
      body,
    },
  ];
}
