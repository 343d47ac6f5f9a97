import assert from "node:assert/strict";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { ROOT } from "../../tools/lib/paths.ts";
import { CONFIG_FILE } from "../../tools/lib/stack/sandbox.ts";
import { editStackFile } from "../../tools/lib/stack/stack-file.ts";
import { longSuite } from "../support/long.ts";
import { PYTHON } from "../support/mlflow-server.ts";
import { password } from "./support/mlflow.ts";
import { customers } from "./support/own-model.ts";
import { needPulumi, predict, until } from "./support/sandbox.ts";

const MODELS = join(ROOT, "training/models");
const TABLE = "data/choices.csv";
const FIRST_PORT = 30810;
const CUSTOMER = { months: 3, monthly_charge: 95 };

/** What a data scientist may choose, each as the rest of a YAML. */
const CHOICES = {
  xgboost: "estimator: xgboost.XGBClassifier",
  lightgbm: "estimator: lightgbm.LGBMClassifier",
  catboost: "estimator: { class: catboost.CatBoostClassifier, parameters: { iterations: 50 } }",
  search: `estimator: sklearn.tree.DecisionTreeClassifier
search: { method: optuna, trials: 4, metric: auc_roc, cv: 3, space: { max_depth: { low: 2, high: 8 } } }`,
  pipeline: "pipeline: choices_pipeline:build",
};
const PIPELINE = `from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler


def build(features):
    return make_pipeline(StandardScaler(), PolynomialFeatures(2), LogisticRegression())
`;
const NOTEBOOK = `
import sys, mlflow, pandas as pd
from sklearn.ensemble import RandomForestClassifier
rows = pd.read_csv(sys.argv[1])
features = rows[["months", "monthly_charge"]]
model = RandomForestClassifier(random_state=0).fit(features, rows["churned"])
mlflow.sklearn.log_model(
    model, name="model", registered_model_name="notebook", serialization_format="cloudpickle"
)
`;

interface Answer {
  churned: string;
  model: { name: string; version: string };
}

longSuite("what a data scientist may choose, in the cluster", function () {
  this.timeout(1_200_000);
  const names = Object.keys(CHOICES);
  const fileOf = (name: string) => join(MODELS, `choice-${name}.yaml`);
  const ask = async (name: string) =>
    (await predict(CUSTOMER, FIRST_PORT + names.indexOf(name))) as Answer;
  let file: string;

  before(async function () {
    await needPulumi(this);
    file = await readFile(CONFIG_FILE, "utf8");
    await mkdir(join(MODELS, "data"), { recursive: true });
    await writeFile(join(MODELS, TABLE), customers());
    await writeFile(join(MODELS, "choices_pipeline.py"), PIPELINE);
    for (const [name, rest] of Object.entries(CHOICES)) {
      const yaml = `name: choice-${name}\ntask: classification\ndata: { source: "csv:${TABLE}" }\ntarget: churned\n`;
      await writeFile(fileOf(name), `${yaml}gate: { floors: { accuracy: 0.7 } }\n${rest}\n`);
    }
    editStackFile(CONFIG_FILE, {
      "slipway:models": names.map((name, index) => ({
        ...{ file: `choice-${name}.yaml`, nodePort: FIRST_PORT + index },
        replicas: { min: 1, max: 1 },
      })),
    });
    await npm("deploy", "--stack", "sandbox", "--yes", "--dirty");
  });

  after(async () => {
    await writeFile(CONFIG_FILE, file);
    await npm("deploy", "--stack", "sandbox", "--yes", "--dirty");
    for (const name of names) await rm(fileOf(name));
    await rm(join(MODELS, "choices_pipeline.py"));
    await rm(join(MODELS, TABLE));
  });

  for (const name of names) {
    it(`trains, passes the gate and answers: ${name}`, async () => {
      await until(`${name} answers`, async () => Boolean(await ask(name)));
      const { churned, model } = await ask(name);
      assert.equal(churned, "yes");
      assert.deepEqual(model, { name: `choice-${name}`, version: "1" });
    });
  }

  it("answers by a model that a notebook logged, once it is adopted", async () => {
    const env = {
      MLFLOW_TRACKING_URI: "http://localhost:30500",
      MLFLOW_TRACKING_USERNAME: "admin",
      MLFLOW_TRACKING_PASSWORD: await password(),
    };
    await execa(PYTHON, ["-c", NOTEBOOK, join(MODELS, TABLE)], { env });
    const data = ["--data", join(MODELS, TABLE), "--unseen", "--yes"];
    const adopted = ["--model", "notebook", "--version", "1", "--as", "choice-pipeline"];
    await npm("adopt", "--stack", "sandbox", ...adopted, ...data);
    await until("the adopted version answers", async () => {
      return (await ask("pipeline")).model.version === "2";
    });
    assert.equal((await ask("pipeline")).churned, "yes");
  });
});

async function npm(command: string, ...words: string[]): Promise<void> {
  await execa("npm", ["run", "--silent", command, "--", ...words], { cwd: ROOT, all: true });
}
