import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../tools/lib/paths.ts";
import { MlflowServer } from "./mlflow-server.ts";

/** What is kept of a model's predictions. */
interface Log {
  rows: number;
  /** By how much one feature is moved. */
  moved: number;
  /** Rows with a label, each the opposite of what was answered. */
  wrong: number;
}

/** A model in an MLflow of its own, with a prediction log in a folder; its Jobs run by the account that they have in a stack. */
export class JudgedModel {
  readonly name: string;
  readonly #server: MlflowServer;
  readonly #pushgateway: string;

  private constructor(name: string, server: MlflowServer, pushgateway: string) {
    this.name = name;
    this.#server = server;
    this.#pushgateway = pushgateway;
  }

  /** Trains its first version. @param pushgateway where its Jobs tell what they do. */
  static async train(name: string, pushgateway: string): Promise<JudgedModel> {
    const model = new JudgedModel(name, await MlflowServer.start(), pushgateway);
    model.#python(`
from support.models import frame, write_model
frame().drop(columns="y").to_csv(folder / "rows.csv", index=False)
raise SystemExit(main(["train", str(write_model(folder, "${name}"))]))
`);
    return model;
  }

  /** Puts predictions and labels into the log. */
  keep({ rows, moved, wrong }: Log): void {
    this.#python(`
from support.predictions import asked, keep, labels_of, predictions
table = predictions(asked(${rows}).assign(b=lambda one: one["b"] + ${moved}), version="1")
keep(log, table, name="${this.name}")
ids = table["request_id"].to_pylist()[:${wrong}]
said = ["false" if one else "true" for one in table["answer"].to_pylist()[:${wrong}]]
if ids:
    keep(log, labels_of(ids, said), what="labels", name="${this.name}")
`);
  }

  /** Has a folder stand where the store's clock is read, so that nothing is deleted. */
  breakRetention(): void {
    const clock = join(this.#server.folder, "log", "monitoring", `model=${this.name}`, ".clock");
    rmSync(clock, { force: true });
    mkdirSync(clock, { recursive: true });
  }

  /** What its monitoring's CronJob runs. */
  monitor(): void {
    const words = ["monitor", "--model", this.name, "--champion", "--keep-days", "30"];
    this.#python(`raise SystemExit(main(${JSON.stringify(words)}))`);
  }

  /** What a batch's CronJob runs; `rows.csv` is there. @returns its exit code. */
  batch(name: string, source: string): number {
    const words = ["predict", "--model", this.name, "--alias", "champion", "--name", name];
    const code = this.#python(`
words = ${JSON.stringify(words)} + ["--in", str(folder / "${source}"), "--out", str(folder / "out.csv"), "--skip-existing"]
print("code", main(words))
`);
    return Number(/code (\d+)/.exec(code)?.[1]);
  }

  async stop(): Promise<void> {
    await this.#server.stop();
  }

  #python(script: string): string {
    const paths = ["src", "tests"].map((name) => join(ROOT, "training", name));
    return this.#server.python(
      "training",
      `import os, sys
from pathlib import Path
sys.path[:0] = ${JSON.stringify(paths)}
folder = Path(${JSON.stringify(this.#server.folder)})
log = folder / "log"
log.mkdir(exist_ok=True)
os.environ.update(PUSH_URL="${this.#pushgateway}", PREDICTIONS=str(log))
from training.__main__ import main
${script}`,
    );
  }
}
