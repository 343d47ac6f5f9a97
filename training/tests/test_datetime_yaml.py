"""What is unsure of a column of times is asked, with the line to write."""

from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from sklearn.linear_model import LogisticRegression

from support.command import run
from support.models import frame, write_model
from support.notebooks import open_here
from test_datetime import WHEN, visits
from training.adoption.rows import Rows, read_rows
from training.errors import InvalidInputError


def check(folder: Path, table: pd.DataFrame, **changes: Any) -> str:
    """Check a YAML of visits; returns what is wrong with it."""
    table.to_csv(folder / "data.csv", index=False)
    usual: dict[str, Any] = {"estimator": None, "task": "regression", "metrics": None, "gate": None}
    usual["data"] = {"source": "csv:data.csv", "types": {"when": "datetime"}}
    usual["data"] |= changes.pop("data", {})
    done = run("check", write_model(folder, **usual | changes))
    assert (done.code == 2) == bool(done.err), done.out
    return done.err


def written_as(form: str, last_day: int = 28) -> pd.DataFrame:
    table = visits(gaps=False)
    days = [date(2024, 1 + i % 12, 1 + i % last_day) for i in range(len(table))]
    return table.assign(when=[day.strftime(form) for day in days])


FORMATS: dict[str, Any] = {"data": {"formats": {"when": "%d/%m/%Y"}}}


@pytest.mark.parametrize(
    ("table", "changes", "reason"),
    [
        (visits(), {}, ""),
        (visits().fillna({"when": "NA"}), {}, ""),
        (written_as("%d/%m/%Y"), FORMATS, ""),
        (written_as("%Y%m%d"), {"data": {"formats": {"when": "%Y%m%d"}}}, ""),
        (written_as("%d/%m/%Y"), {}, "write 'data.formats: {when: \"%d/%m/%Y\"}'\n"),
        (
            written_as("%d/%m/%Y", 12),
            {},
            '{when: "%d/%m/%Y"}\' or \'data.formats: {when: "%m/%d/%Y"}\', whichever it is',
        ),
        (
            written_as("%d/%m/%Y", 12),
            {"data": {"types": {}}},
            "'when' holds dates such as '01/01/2024': write 'data.types: {when: datetime}' and",
        ),
        (
            visits(),
            {"data": {"types": {}}},
            "write 'data.types: {when: datetime}' to learn from their parts, such as year",
        ),
        (visits(), FORMATS, "which is no datetime; correct 'data.formats' ('%d/%m/%Y')"),
        (
            pd.concat([written_as("%d/%m/%Y"), visits()]),
            {},
            "write such as 2026-11-27 or 2026-11-27T08:30:00, all in one form",
        ),
        (
            visits().replace({"when": {None: "2024-01-01T08:30Z"}}),
            {},
            "with an offset and without one, so nobody knows how they lie to each other",
        ),
        (visits(), {"data": {"formats": {"when": "%d.%m.%y"}}}, "has %y; it may have %Y %m"),
        (visits(), {"data": {"formats": {"when": "%m.%Y"}}}, "must have a year of four digits"),
        (visits(), {"data": {"formats": {"when": "%Y%m%d %I"}}}, "has %I, hours up to 12, and no"),
        (visits(), {"data": {"formats": {"x": "%Y%m%d"}}}, "data.formats.x: is for a datetime"),
        (
            visits(),
            {"data": {"formats": {"z": "%Y%m%d"}}},
            "data.formats.z: the data has no column",
        ),
        (
            visits(),
            {"slices": ["when"]},
            "slices.0: 'when' holds times, whose values are no groups",
        ),
        (
            visits(),
            {"preprocess": {"bins": {"when": 4}}},
            "preprocess.bins: 'when' is a datetime, this is for number or integer; remove it there",
        ),
        (
            visits(),
            {"preprocess": {"datetime": {"x": ["year"]}}},
            "preprocess.datetime: 'x' is a number, this is for datetime; remove it there",
        ),
        (visits(), {"preprocess": {"datetime": {"when": ["week"]}}}, "preprocess.datetime.when.0"),
        (
            visits(),
            {"features": [WHEN | {"range": {"min": 1}}]},
            "'range' is for numbers, not 'type: datetime'",
        ),
        (
            visits(),
            {"features": [{"name": "x", "offset": True}]},
            "'offset' needs 'type: datetime'",
        ),
    ],
)
def test_what_is_unsure_of_times_is_asked(
    table: pd.DataFrame, changes: dict[str, Any], reason: str, tmp_path: Path
) -> None:
    error = check(
        tmp_path, table, **{k: dict(v) if isinstance(v, dict) else v for k, v in changes.items()}
    )
    assert reason in error
    assert bool(reason) == bool(error), error


@pytest.mark.parametrize(
    ("form", "data"),
    [
        ("%Y-%m-%d", {"types": {"when": "datetime"}}),
        ("%d.%m.%Y", {"types": {"when": "datetime"}, "formats": {"when": "%d.%m.%Y"}}),
        ("%d/%m/%Y", {"types": {"when": "datetime"}, "formats": {"when": "%d/%m/%Y"}}),
    ],
)
def test_draft_states_how_dates_are_written_where_one_form_fits(
    form: str, data: dict[str, Any], tmp_path: Path
) -> None:
    written_as(form).to_csv(tmp_path / "data.csv", index=False)
    out = tmp_path / "draft.yaml"
    done = run("new", "--data", tmp_path / "data.csv", "--target", "y", "--out", out)
    assert done.code == 0, done.err
    stated = yaml.safe_load(out.read_text())["data"]
    assert {key: stated.get(key) for key in data} == data
    assert run("check", out).code == 0


def test_draft_leaves_out_dates_that_could_be_either(tmp_path: Path) -> None:
    written_as("%d/%m/%Y", 12).to_csv(tmp_path / "data.csv", index=False)
    out = tmp_path / "draft.yaml"
    assert run("new", "--data", tmp_path / "data.csv", "--target", "y", "--out", out).code == 0
    text = out.read_text()
    assert "drop:" in text
    assert "whichever it is" in text


@pytest.mark.parametrize("kind", ["text", "datetime"])
def test_adopted_column_that_training_would_make_numbers_of_is_refused(
    kind: str, tmp_path: Path
) -> None:
    model = LogisticRegression().fit(frame()[["a", "b"]], frame()["y"])
    notebook = open_here(model, {"a": "number", "b": "number"})
    frame().to_csv(tmp_path / "rows.csv", index=False)
    content = {"data": {"source": "csv:rows.csv", "types": {"a": kind}}, "target": "y"}
    (tmp_path / "rows.yaml").write_text(yaml.safe_dump(content))
    with pytest.raises(InvalidInputError, match=rf"'a' \({kind}\) is of a type whose words or"):
        read_rows(Rows("m", yaml=tmp_path / "rows.yaml"), notebook)
