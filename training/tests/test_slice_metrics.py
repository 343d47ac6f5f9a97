"""The metrics of each slice of the test split: in the terminal, the package and MLflow."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient
from sklearn import metrics as sk

from support.command import run
from support.flow import train
from support.models import frame, write_model
from test_parity import trained
from training.scoring import ClassScores
from training.slice_metrics import SliceMetrics, as_logged, as_table

LOGISTIC = {"class": "sklearn.linear_model.LogisticRegression"}


def people(rows: int = 600) -> pd.DataFrame:
    """Two numbers that tell less of one sex than of the other; few live in the west."""
    table = frame(rows)
    random = np.random.default_rng(5)
    table["sex"] = random.choice(["female", "male"], rows)
    table["region"] = random.choice(["north", "south", "west"], rows, p=[0.55, 0.4, 0.05])
    noise = (table["sex"] == "male") & (random.random(rows) < 0.3)
    table["y"] = np.where(noise, 1 - table["y"], table["y"])
    return table


def test_slices_have_the_metrics_of_their_rows() -> None:
    found = trained(people(), LOGISTIC, task="classification", slices=["sex", "region"])
    scores, test = found.scores, found.test
    assert isinstance(scores, ClassScores)
    by_name = {one.name: one for one in found.slices}
    assert list(by_name) == [
        "sex=female",
        "sex=male",
        "region=north",
        "region=south",
        "region=west",
    ]
    rows = test.slices["sex"].rows("female")
    female = by_name["sex=female"]
    assert female.rows == len(rows)
    expected = sk.accuracy_score(test.target[rows], scores.labels[rows])
    assert female.metrics["accuracy"] == pytest.approx(expected)
    area = sk.roc_auc_score(test.target[rows], scores.probabilities[rows, 1])
    assert female.metrics["auc_roc"] == pytest.approx(area)
    low, high = female.intervals["accuracy"]
    assert low < expected < high
    assert female.metrics["accuracy"] > by_name["sex=male"].metrics["accuracy"]


def test_slice_of_few_rows_is_counted_and_not_judged() -> None:
    found = trained(people(), LOGISTIC, task="classification", slices=["region"])
    west = found.slices[-1]
    assert 0 < west.rows < 30
    assert west.line() == f"region=west ({west.rows} test rows): too few to judge, 30 are needed"
    assert west.metrics == {}


def test_metrics_without_a_meaning_in_a_slice_are_left_out_and_said() -> None:
    table = people()
    table["side"] = np.where(table["y"] == 1, "one", np.where(np.arange(600) % 2, "both", "none"))
    table.loc[table.index % 3 == 0, "side"] = "both"
    found = trained(table, LOGISTIC, task="classification", slices=["side"], features=[
        {"name": "a"}, {"name": "b"}])  # fmt: skip
    one = next(s for s in found.slices if s.value == "one")
    assert set(one.metrics) == {"accuracy"}
    said = "no precision, recall, f1_score, auc_roc, as no row has class 0"
    assert one.note == said
    assert one.line().endswith(said)


def test_r2_of_a_slice_with_one_number_is_left_out() -> None:
    table = people().assign(y=lambda t: np.where(t["sex"] == "male", 3.0, t["a"]))
    found = trained(table, task="regression", slices=["sex"])
    male = next(one for one in found.slices if one.value == "male")
    assert male.note == "no r2, as all rows have one number"
    assert "rmse" in male.metrics
    assert "r2" not in male.metrics


def test_slices_survive_the_package() -> None:
    one = SliceMetrics("sex", None, 40, {"r2": 0.5}, {"r2": (0.4, 0.6)}, "said")
    assert SliceMetrics.from_dict(one.as_dict()) == one
    assert one.name == "sex missing"


def test_yaml_without_slices_leaves_no_word_of_them() -> None:
    found = trained(people(), LOGISTIC, task="classification")
    assert "slices" not in found.package.metadata["training"]
    assert found.slices == []


def test_slices_have_names_that_mlflow_takes_and_that_differ() -> None:
    found = [
        SliceMetrics("größe [cm]", value, 40, {"r2": 0.5}, {"r2": (0.4, 0.6)})
        for value in ("a/b", "a.b", "..", None, "x" * 300)
    ]
    names = list(as_logged(found))
    assert names[:4] == [
        f"slice/gr__e _cm_/a_b/{end}" for end in ("rows", "r2", "r2_low", "r2_high")
    ]
    assert len(set(names)) == 20
    assert "slice/gr__e _cm_/a_b_2/r2" in names
    assert "slice/gr__e _cm_/_missing/r2" in names
    assert max(map(len, names)) < 250


def test_table_has_a_row_for_each_metric_of_each_slice() -> None:
    found = [
        SliceMetrics("sex", "a,b", 40, {"r2": 0.5}, {"r2": (0.4, 0.6)}),
        SliceMetrics("sex", None, 3, note="too few"),
    ]
    text = io.StringIO()
    as_table(found).to_csv(text, index=False)
    assert text.getvalue().splitlines() == [
        "column,value,rows,metric,measured,low,high,note",
        'sex,"a,b",40,r2,0.5,0.4,0.6,',
        "sex,,3,,,,,too few",
    ]


def test_slices_are_in_mlflow_in_the_terminal_and_in_the_result(
    client: MlflowClient, mlflow_url: str, tmp_path: Path
) -> None:
    people().to_csv(tmp_path / "data.csv", index=False)
    data = {"source": "csv:data.csv", "drop": ["sex"]}
    path = write_model(tmp_path, "part-model", data=data, slices=["sex"])
    code, result = train(mlflow_url, path)
    assert code == 0
    female, male = result["slices"]
    assert (female["value"], male["value"]) == ("female", "male")
    version = client.get_model_version("part-model", "1")
    logged = client.get_run(version.run_id).data.metrics
    assert logged["slice/sex/male/accuracy"] == male["metrics"]["accuracy"]
    assert logged["slice/sex/male/accuracy_low"] == male["intervals"]["accuracy"][0]
    file = client.download_artifacts(version.run_id, "slices.csv", str(tmp_path))
    assert len(pd.read_csv(file)) == 4
    shown = run("build", path, "--out", tmp_path / "out").out
    assert (
        f"sex=male ({male['rows']} test rows): accuracy {male['metrics']['accuracy']:.4f}" in shown
    )
