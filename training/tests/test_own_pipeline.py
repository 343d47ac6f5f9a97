"""A pipeline of one's own becomes a model by the same proof as any other, or is refused."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from support.boosting import SERVED
from support.command import run
from support.pipeline import built, write_pipeline
from test_parity import mixed
from training.load import load_settings
from training.pipeline import load_table, prepare, train_model
from training.report import Report

NUMBERS = "numbers = [f.name for f in features if f.type != 'category']\n"
TEXTS = "texts = [f.name for f in features if f.type == 'category']\n"
ENCODED = f"""{NUMBERS}{TEXTS}filled = make_pipeline(SimpleImputer(), StandardScaler())
columns = ColumnTransformer([
    ('numbers', filled, numbers),
    ('texts', OneHotEncoder(handle_unknown='ignore', sparse_output=False), texts),
])
"""


@pytest.mark.parametrize(
    "body",
    [
        "return LogisticRegression()",
        "return make_pipeline(PolynomialFeatures(2), StandardScaler(), LogisticRegression())",
        "return make_pipeline(make_union(StandardScaler(), MinMaxScaler()), LogisticRegression())",
        "return make_pipeline(SelectKBest(k=1), RandomForestClassifier(n_estimators=5))",
        "return HistGradientBoostingClassifier(max_iter=10)",
        """
        logs = make_pipeline(FunctionTransformer(np.abs), FunctionTransformer(np.log1p))
        split = ColumnTransformer([('a', logs, ['a'])], remainder=StandardScaler())
        return make_pipeline(split, make_pipeline(PowerTransformer(), LogisticRegression()))
        """,
        "return make_pipeline(KBinsDiscretizer(4), LogisticRegression())",
        """
        from sklearn.model_selection import GridSearchCV
        return make_pipeline(StandardScaler(), GridSearchCV(LogisticRegression(), {'C': [1, 9]}))
        """,
        "return make_pipeline(KBinsDiscretizer(3, encode='ordinal'), LogisticRegression())",
        """
        kept = ColumnTransformer([('b', StandardScaler(), ['b'])], remainder='passthrough')
        return make_pipeline(kept, GradientBoostingClassifier(n_estimators=5))
        """,
        """
        two = [('a', LogisticRegression()), ('b', RandomForestClassifier(n_estimators=5))]
        return VotingClassifier(two, voting='soft', flatten_transform=False)
        """,
    ],
    ids=lambda body: " ".join(body.split())[:40],
)
def test_pipeline_of_numbers_keeps_parity(body: str, tmp_path: Path) -> None:
    done = built(tmp_path, body)
    assert done.code == 0, done.err
    assert "parity within" in done.out


def whole(folder: Path, table: pd.DataFrame, body: str, **changes: Any) -> Any:
    table.to_csv(folder / "data.csv", index=False)
    path = write_pipeline(folder, body, metrics=None, gate=None, **changes)
    settings, task = load_settings(path)
    with (folder / "out").open("w") as out:
        report = Report("m", out=out)
        raw = load_table(settings, task, folder, report)
        parts = prepare(settings, task, raw, report)
        return train_model(settings, raw, *parts, "key", "sha", report, SERVED)


@pytest.mark.parametrize(
    "final", ["LogisticRegression()", "HistGradientBoostingClassifier(max_iter=9)"]
)
def test_server_answers_a_pipeline_of_numbers_gaps_and_categories(
    final: str, tmp_path: Path
) -> None:
    found = whole(tmp_path, mixed("text"), f"{ENCODED}return make_pipeline(columns, {final})")
    assert found.parity.max_difference <= 1e-5
    assert found.package.metadata["onnx"]["layout"] == "columns"
    assert [f["name"] for f in found.package.metadata["features"]] == ["a", "n", "k", "g"]


def test_regression_is_built_too(tmp_path: Path) -> None:
    body = f"{ENCODED}return make_pipeline(columns, Ridge())"
    assert whole(tmp_path, mixed("number"), body, task="regression").parity.max_difference <= 1e-5


def test_pipeline_is_scored_on_folds_the_same_way_each_time(tmp_path: Path) -> None:
    body = f"{TEXTS}means = ColumnTransformer([('means', TargetEncoder(), texts)])\n"
    body += "return make_pipeline(means, RandomForestClassifier(n_estimators=3))"
    twice = [whole(tmp_path, mixed("text"), body, cross_validation=3) for _ in range(2)]
    first, second = (t.package.metadata["training"]["cross_validation"] for t in twice)
    assert first == second
    assert first["metrics"]["accuracy"]["mean"] > 0


def test_seed_of_the_split_is_that_of_every_step_without_one(tmp_path: Path) -> None:
    body = "return make_pipeline(StandardScaler(), RandomForestClassifier(n_estimators=5{}))"
    packages = []
    for more in ("", "", ", random_state=1"):
        folder = tmp_path / str(len(packages))
        folder.mkdir()
        assert built(folder, body.format(more)).code == 0
        packages.append((folder / "package" / "model.onnx").read_bytes())
    assert packages[0] == packages[1] != packages[2]


def test_folds_and_draws_without_a_seed_are_the_same_again(tmp_path: Path) -> None:
    mixed("text", 200).to_csv(tmp_path / "data.csv", index=False)
    body = f"""{TEXTS}means = ColumnTransformer([('means', TargetEncoder(), texts)])
assert np.random.random() < 2
return make_pipeline(means, LogisticRegression())"""
    answers = set()
    for name in ("first", "second"):
        path = write_pipeline(tmp_path, body, metrics=None, gate=None)
        done = run("build", path, "--out", tmp_path / name)
        assert done.code == 0, done.err
        answers.add((tmp_path / name / "model.onnx").read_bytes())
    assert len(answers) == 1


def test_what_the_file_prints_is_no_result(tmp_path: Path) -> None:
    done = built(tmp_path, "print('hello'); return LogisticRegression()")
    assert (done.code, "hello" in done.out, "hello" in done.err) == (0, False, True)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return 1 / 0", "pipeline: features.py, line 12: ZeroDivisionError: division by zero"),
        ("import nowhere", "features.py, line 12: ModuleNotFoundError: No module named 'nowhere'"),
        ("raise SystemExit(0)", "pipeline: features.py, line 12: SystemExit: 0; correct the file"),
        ("pass", "features:build returned None; return a Pipeline or an estimator of scikit-learn"),
        ("return StandardScaler()", "predicts nothing; end it with an estimator for class"),
        ("return Ridge()", "is made for regression, but 'task' is classification; change one"),
        ("return RidgeClassifier()", "gives no probabilities; use one that does, such as"),
        (
            "return make_pipeline(SplineTransformer(), LogisticRegression())",
            "step 'splinetransformer' (SplineTransformer) has no ONNX form; use KBinsDiscret",
        ),
        (
            (
                "up = ('up', FunctionTransformer(lambda x: x + 1), ['a'])\nreturn make_pipeline("
                "ColumnTransformer([up]), LogisticRegression())"
            ),
            "step 'columntransformer.up' (FunctionTransformer) has no ONNX form; use FunctionTr",
        ),
        (
            "from lightgbm import LGBMClassifier\nreturn LGBMClassifier()",
            "use 'estimator: lightgbm.LGBMClassifier' in the YAML, in place of 'pipeline'",
        ),
        (
            "return VotingClassifier([('a', LogisticRegression())], voting='soft')",
            "step 'estimator' (VotingClassifier): flatten_transform==True is not implemented",
        ),
        (
            "return make_pipeline(ColumnTransformer([('x', 'drop', ['z'])]), LogisticRegression())",
            "pipeline: cannot be fitted to this data: Some column names are not columns",
        ),
        (
            "return make_pipeline(FunctionTransformer(np.log), LogisticRegression())",
            "change features.py or the data",
        ),
    ],
)
def test_what_is_no_model_ends_with_exit_code_2(body: str, expected: str, tmp_path: Path) -> None:
    done = built(tmp_path, body)
    assert done.code == 2
    assert expected in done.err
    assert "Traceback" not in done.err


def test_numbers_that_serving_could_send_and_a_step_refuses_name_the_range(tmp_path: Path) -> None:
    """All training rows have a logarithm; a caller's need not."""
    table = mixed("text")[["a", "y"]].assign(a=lambda t: t["a"].abs() + 1)
    table.to_csv(tmp_path / "data.csv", index=False)
    body = "return make_pipeline(FunctionTransformer(np.log), LogisticRegression())"
    more: dict[str, Any] = {"metrics": None, "gate": None}
    done = built(tmp_path, body, **more)
    assert done.code == 2
    assert "state 'features' with a 'range' for each number" in done.err
    more["features"] = [{"name": "a", "range": {"min": 0.5}}]
    (tmp_path / "features.py").unlink()
    assert built(tmp_path, body, **more).code == 0


def test_numbers_that_float32_would_merge_are_refused(tmp_path: Path) -> None:
    """A tree computes in float32, and nothing before it scales Unix seconds."""
    table = mixed("text", 400)[["a", "y"]]
    table["t"] = 1_700_000_000 + pd.Series(range(400))
    table.to_csv(tmp_path / "data.csv", index=False)
    more: dict[str, Any] = {"metrics": None, "gate": None}
    body = "return make_pipeline({}DecisionTree)"
    tree = "RandomForestClassifier(n_estimators=5)"
    done = built(tmp_path, body.format("").replace("DecisionTree", tree), **more)
    assert done.code == 2
    assert "put a StandardScaler before it, or drop the column" in done.err
    done = built(tmp_path, body.format("StandardScaler(), ").replace("DecisionTree", tree), **more)
    assert done.code == 0, done.err


def test_check_reads_the_data_and_does_not_run_the_file(tmp_path: Path) -> None:
    done = run("check", write_pipeline(tmp_path, "raise SystemExit('ran')"))
    assert (done.code, "ran" in done.err) == (0, False)
