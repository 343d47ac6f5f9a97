import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { PYTHON } from "./mlflow-server.ts";

/** A cell of a notebook, see https://nbformat.readthedocs.io. */
interface Cell {
  cell_type: string;
  execution_count?: number | null;
  outputs?: { text?: string | string[]; data?: Record<string, string | string[]> }[];
}

/** The cells of a notebook's file. */
export function cellsOf(file: string): Cell[] {
  return (JSON.parse(readFileSync(file, "utf8")) as { cells: Cell[] }).cells;
}

/** What a cell's outputs are as plain text. */
function textOf({ outputs = [] }: Cell): string {
  const texts = outputs.map(({ text, data }) => text ?? data?.["text/plain"] ?? "");
  return texts.flat().join("");
}

/** Runs every cell, in the notebook's folder. @returns what each printed. @throws Error with what a cell raised. */
export async function execute(file: string, env: Record<string, string>): Promise<string> {
  const folder = mkdtempSync(path.join(tmpdir(), "slipway-notebook-"));
  try {
    const done = path.join(folder, "done.ipynb");
    const main = "from nbclient.cli import main; main()";
    // Its own home: no profile and no kernel of the person whose machine this is.
    const home = { IPYTHONDIR: folder, JUPYTER_CONFIG_DIR: folder, JUPYTER_RUNTIME_DIR: folder };
    const child = spawn(PYTHON, ["-c", main, file, `--output=${done}`], {
      env: { ...process.env, ...home, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => (said += chunk.toString()));
    }
    const code = await new Promise((resolve) => child.once("close", resolve));
    if (code !== 0) throw new Error(`${file} ended with exit code ${String(code)}:\n${said}`);
    return cellsOf(done).map(textOf).join("\n");
  } finally {
    rmSync(folder, { recursive: true });
  }
}
