"""The Python file that a YAML's `pipeline` names is part of the model, and checked unexecuted."""

from pathlib import Path
from typing import Any

import pytest

from support.command import run
from support.models import write_model
from support.pipeline import built, write_pipeline
from training.load import load_settings
from training.pipeline import idempotency_key

RUNS = "raise SystemExit('the file was run')\n"


def said(folder: Path, source: str | None, **changes: Any) -> str:
    """Return what `validate` says; whatever it says, it does not run the file."""
    base = {"task": "classification", "estimator": None, "pipeline": "features:build"}
    if source is not None:
        (folder / "features.py").write_text(source + RUNS)
    done = run("validate", write_model(folder, **(base | changes)))
    assert "was run" not in done.err
    assert done.code == (2 if done.err else 0)
    return done.err


@pytest.mark.parametrize(
    "signature", ["def build(features)", "def build()", "def build(features, /)"]
)
def test_validate_does_not_run_the_file(signature: str, tmp_path: Path) -> None:
    assert said(tmp_path, f"{signature}: ...\n") == ""


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (None, "features.py; put the file beside the YAML"),
        ("def build(:\n", "is no Python of this version: invalid syntax"),
        ("def bild(features): ...\n", "has no function 'build'; did you mean 'bild'?"),
        ("x = 1\n", "has no function 'build'; define it at the top level"),
        ("def build(features, seed): ...\n", "write 'def build(features):' or 'def build():'"),
        ("def build(**features): ...\n", "write 'def build(features):' or 'def build():'"),
        ("import helper\ndef build(): ...\n", "imports 'helper', which lies beside it"),
        ("def build():\n    from . import x\n", "imports '.', which lies beside it"),
        ("#" * 103_000 + "\ndef build(): ...\n", "has more than 100 KiB; keep data out of it"),
    ],
)
def test_file_that_cannot_be_one_is_refused_with_what_to_write(
    source: str | None, expected: str, tmp_path: Path
) -> None:
    (tmp_path / "helper.py").write_text("")
    assert expected in said(tmp_path, source)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"pipeline": "features.py"}, "pipeline: write the file's name without .py and its"),
        ({"pipeline": "../features:build"}, "pipeline: write the file's name without .py and its"),
        ({"pipeline": 3}, "pipeline: write the file's name without .py and its"),
        ({"estimator": "sklearn.svm.SVC"}, "'estimator' and 'pipeline' both stand here"),
        ({"preprocess": {"scale": True}}, "'preprocess' and 'pipeline' both stand here"),
        ({"search": {"method": "grid", "space": {"C": [1, 2]}}}, "let the pipeline end with sklea"),
        ({"task": None}, "state 'task' (classification or regression) or 'estimator'"),
        ({"metrics": ["rmse"]}, "metrics: 'rmse' is not for classification"),
    ],
)
def test_yaml_that_contradicts_itself_is_refused(
    changes: dict[str, Any], expected: str, tmp_path: Path
) -> None:
    assert expected in said(tmp_path, "def build(): ...\n", **changes)


def test_another_content_is_another_model(tmp_path: Path) -> None:
    """A touched file, or another function's name alone, is seen as what it is."""

    def key(body: str) -> str:
        settings, _ = load_settings(write_pipeline(tmp_path, body))
        return idempotency_key("sha", settings, "data")

    assert key("return LogisticRegression()") == key("return LogisticRegression()")
    assert key("return LogisticRegression()") != key("return LogisticRegression(C=2)")


def test_package_names_the_file_and_its_checksum(tmp_path: Path) -> None:
    done = built(tmp_path, "return make_pipeline(StandardScaler(), LogisticRegression())")
    assert done.code == 0, done.err
    settings, _ = load_settings(tmp_path / "small-model.yaml")
    assert settings.pipeline is not None
    text = (tmp_path / "package" / "MLmodel").read_text()
    assert "pipeline: features:build" in text
    assert f"sha256: {settings.pipeline.sha256}" in text
    assert "class: sklearn.linear_model.LogisticRegression" in text
