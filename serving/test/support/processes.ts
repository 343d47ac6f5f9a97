import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import path from "node:path";

import { freePort } from "../../../test/support/processes.ts";
import { until } from "./app.ts";
import { python } from "./packages.ts";

const SERVING = path.resolve(import.meta.dirname, "../..");
const SERVE_MLFLOW = path.resolve(SERVING, "../tools/local/serve_mlflow.py");
const running = new Set<ChildProcess>();

/** A process of a test with what it printed. */
export interface Running {
  readonly url: string;
  readonly child: ChildProcess;
  output(): string;
  /** Sends the signal and waits for the end; gives the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Ends what the tests of a file started. */
export async function stopProcesses(): Promise<void> {
  await Promise.all([...running].map((child) => end(child, "SIGKILL")));
}

/** The prediction server as a process of its own on a free port, listening but perhaps not ready. */
export async function startServer(env: Record<string, string>): Promise<Running> {
  const child = spawn(process.execPath, ["--import", "tsx", "src/server.ts"], {
    cwd: SERVING,
    env: {
      PATH: process.env["PATH"],
      // A busy test machine stalls the event loop; shedding has tests of its own.
      MAX_EVENT_LOOP_DELAY_MS: "60000",
      ...{ HOST: "127.0.0.1", PORT: "0", DRAIN_SECONDS: "0", MODEL_POLL_SECONDS: "0.2" },
      ...env,
    },
  });
  const output = capture(child);
  const url = await until(() => {
    if (child.exitCode !== null) throw new Error(`the server ended:\n${output()}`);
    return /listening at (http:[^"]+)/.exec(output())?.[1];
  });
  return { url, child, output, stop: (signal) => end(child, signal) };
}

/** Runs the server's process to its end, for environments that it refuses. */
export async function runServer(env: Record<string, string>) {
  const child = spawn(process.execPath, ["--import", "tsx", "src/server.ts"], {
    cwd: SERVING,
    env: { PATH: process.env["PATH"], ...env },
  });
  const output = capture(child);
  const [code] = (await once(child, "exit")) as [number | null];
  return { code, output: output() };
}

/** A real MLflow server with a database and artifacts in `folder`; the same port can be used again. */
export async function startMlflow(folder: string, port?: number): Promise<Running> {
  const usedPort = port ?? (await freePort());
  const url = `http://127.0.0.1:${usedPort}`;
  const child = spawn(
    python(),
    [
      ...[SERVE_MLFLOW, "--host", "127.0.0.1", "--port", String(usedPort)],
      ...["--workers", "1", "--backend-store-uri", `sqlite:///${folder}/mlflow.db`],
      ...["--serve-artifacts", "--artifacts-destination", path.join(folder, "artifacts")],
    ],
    {
      cwd: folder,
      env: {
        PATH: process.env["PATH"],
        MLFLOW_DISABLE_TELEMETRY: "true",
        MLFLOW_SERVER_ENABLE_JOB_EXECUTION: "false",
      },
    },
  );
  const output = capture(child);
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`MLflow ended:\n${output()}`);
    const answer = await fetch(`${url}/health`).catch(() => undefined);
    return answer?.ok === true ? true : undefined;
  }, 120);
  return { url, child, output, stop: (signal) => end(child, signal) };
}

function capture(child: ChildProcess): () => string {
  running.add(child);
  child.on("exit", () => running.delete(child));
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  }
  return () => output;
}

async function end(
  child: ChildProcess,
  signal: NodeJS.Signals = "SIGTERM",
): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  }
  return child.exitCode;
}
