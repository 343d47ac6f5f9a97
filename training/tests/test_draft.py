"""`new` drafts a YAML that training takes, says why, and asks where it cannot know."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from test_cases import CASES
from training.__main__ import main


def target_of(case: str) -> str:
    stated = yaml.safe_load(next((CASES / case).glob("*.yaml")).read_text())["target"]
    return str(stated if isinstance(stated, str) else stated["column"])


def drafted(case: str, tmp_path: Path) -> tuple[int, dict[str, Any], str]:
    """Draft the YAML of a case's table; returns the exit code, the YAML and its text."""
    shutil.copytree(CASES / case, tmp_path / case)
    data = next(p for p in (tmp_path / case).iterdir() if p.suffix != ".yaml")
    out = tmp_path / case / "draft.yaml"
    arguments = ["--data", str(data), "--target", target_of(case), "--out", str(out)]
    code = main(["new", *arguments])
    return code, yaml.safe_load(out.read_text()), out.read_text()


@pytest.mark.parametrize(
    ("case", "task", "data"),
    [
        ("auto-q", "regression", {"missing": ["?"], "drop": ["name"]}),
        ("comma", "regression", {"separator": ";", "decimal": ","}),
        ("currency", "classification", {"types": {"charge": "number"}}),
        ("dates", "classification", {"types": {"when": "datetime"}}),
        ("decimal-comma", "classification", {"separator": ";", "decimal": ","}),
        ("excel-sep", "classification", {"separator": ";"}),
        ("gzip", "classification", {"compression": "gzip"}),
        ("inf", "classification", {"missing": ["inf"]}),
        ("latin1", "classification", {"encoding": "cp1252"}),
        ("leading-zeros", "classification", {}),
        ("na-country", "classification", {}),
        ("none-class", "classification", {}),
        ("people-text", "classification",
         {"drop": ["first_name", "last_name", "address"], "types": {"joined": "datetime"}}),
        ("telco-blank", "classification", {"missing": [" "]}),
        ("thousands", "classification", {"thousands": ","}),
    ],
)  # fmt: skip
def test_draft_is_what_training_takes(
    case: str, task: str, data: dict[str, Any], tmp_path: Path
) -> None:
    """Each key that a person would be asked for stands there, with the reason."""
    code, found, text = drafted(case, tmp_path)
    assert code == 0, text
    assert found["task"] == task
    assert {key: value for key, value in found["data"].items() if key != "source"} == data
    for key in data:
        above = text.partition(f"\n  {key}:")[0].splitlines()[-1]
        assert above.startswith("  # "), f"no reason above {key}"
    assert main(["check", str(tmp_path / case / "draft.yaml")]) == 0


def test_draft_says_what_each_column_is_taken_for_and_what_looks_odd(tmp_path: Path) -> None:
    _, found, text = drafted("posorder", tmp_path)
    assert found["target"] == {"column": "status", "positive": "stayed"}
    assert "# classes churned 60 (10%), stayed 540 (90%)" in text
    assert "only because it is the last in order" in text
    assert "#   x  number    all values are numbers" in text
    _, _, text = drafted("na-country", tmp_path)
    assert "#   country: 'NA' is a value" in text


@pytest.mark.parametrize(("first", "dropped"), [(0, True), (1, True), (1995, False)])
def test_draft_leaves_row_numbers_out(first: int, *, dropped: bool, tmp_path: Path) -> None:
    """What `to_csv` of pandas and `write.csv` of R put before each row; a year is a feature."""
    rows = [f"{first + i},{i * 7 % 13},{'yes' if i % 3 else 'no'}" for i in range(60)]
    (tmp_path / "data.csv").write_text("\n".join(["n,x,y", *rows]))
    out = tmp_path / "draft.yaml"
    arguments = ["--data", str(tmp_path / "data.csv"), "--target", "y", "--out", str(out)]
    assert main(["new", *arguments]) == 0
    text = out.read_text()
    assert ("n" in yaml.safe_load(text)["data"].get("drop", [])) == dropped
    assert ("'n' numbers the rows, which tells nothing" in text) == dropped


@pytest.mark.parametrize("case", ["telco-blank", "comma", "people-text"])
def test_draft_trains_the_whole_way(case: str, tmp_path: Path) -> None:
    code, _, text = drafted(case, tmp_path)
    assert code == 0, text
    arguments = [str(tmp_path / case / "draft.yaml"), "--out", str(tmp_path / "package")]
    assert main(["build", *arguments]) == 0
    assert (tmp_path / "package" / "model.onnx").stat().st_size > 0


def write(tmp_path: Path, *lines: str, name: str = "Our customers (2026).csv") -> Path:
    path = tmp_path / name
    path.write_text("\n".join(lines) + "\n")
    return path


ROWS = [f"{i % 7},{'yes' if i % 3 else 'no'},{i * 1.5}" for i in range(60)]


def test_target_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, "visits,left,spend", *ROWS)
    assert main(["new", "--data", str(path)]) == 2
    error = capsys.readouterr().err
    assert "which column is to be predicted? write --target and one of visits, left, spend" in error
    assert "(likely: left)" in error
    assert main(["new", "--data", str(path), "--target", "lft"]) == 2
    assert "'lft' is no column" in capsys.readouterr().err
    assert list(tmp_path.glob("*.yaml")) == []


def test_draft_lies_beside_the_data_and_overwrites_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, "visits,left,spend", *ROWS)
    arguments = ["new", "--data", str(path), "--target", "left"]
    assert main(arguments) == 0
    out = tmp_path / "Our customers (2026).yaml"
    found = yaml.safe_load(out.read_text())
    assert found["name"] == "our-customers-2026-model"
    assert found["data"] == {"source": "csv:Our customers (2026).csv"}
    assert f"npm start -- --model '{out}'" in capsys.readouterr().out
    assert main(arguments) == 2
    assert "exists already; remove it, or name another" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("target", "task"), [("visits", "classification"), ("spend", "regression")]
)
def test_task_goes_by_the_target(target: str, task: str, tmp_path: Path) -> None:
    path = write(tmp_path, "visits,left,spend", *ROWS)
    assert main(["new", "--data", str(path), "--target", target, "--name", "our-model"]) == 0
    found = yaml.safe_load(path.with_suffix(".yaml").read_text())
    assert (found["name"], found["task"]) == ("our-model", task)


def test_columns_without_name_or_value_are_left_out(tmp_path: Path) -> None:
    path = write(tmp_path, ",left,spend,empty", *[f"{i},{row[2:]}," for i, row in enumerate(ROWS)])
    assert main(["new", "--data", str(path), "--target", "left"]) == 0
    found = yaml.safe_load(path.with_suffix(".yaml").read_text())
    assert found["data"]["drop"] == ["Unnamed: 0", "empty"]


def test_units_that_cannot_be_compared_leave_their_column_out(tmp_path: Path) -> None:
    rows = [f"{i} {'kg' if i % 2 else 'g'},{row}" for i, row in enumerate(ROWS)]
    path = write(tmp_path, "weight,visits,left,spend", *rows)
    assert main(["new", "--data", str(path), "--target", "left"]) == 0
    text = path.with_suffix(".yaml").read_text()
    assert yaml.safe_load(text)["data"]["drop"] == ["weight"]
    assert "'g' and 'kg' cannot be compared" in " ".join(text.split())


def test_what_only_a_person_can_mend_is_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, "visits,left,spend", *ROWS, "3,,7")
    assert main(["new", "--data", str(path), "--target", "left"]) == 2
    text = path.with_suffix(".yaml").read_text()
    assert "# TO DO: target.column: 'left' misses 1 value" in text
    assert "1 thing(s) TO DO stand at its top" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("short-rows", "12 of 120 rows have 3 field(s)"),
        ("trailing-comma", "end with a separator"),
        ("comment-in-last-field", "have 5 field(s)"),
    ],
)
def test_rows_that_do_not_fit_are_refused(
    case: str, expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(FileNotFoundError):
        drafted(case, tmp_path)
    assert expected in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--data", "nowhere.csv"], "--data (nowhere.csv): there is no such file"),
        (["--data", "x.csv", "--out", "no/m.yaml"], "its folder does not exist"),
        (["--data", "x.csv", "--target", "left", "--name", "Bad Name"], "name"),
    ],
)
def test_arguments_are_checked(
    arguments: list[str],
    expected: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "visits,left,spend", *ROWS, name="x.csv")
    assert main(["new", *arguments]) == 2
    assert expected in capsys.readouterr().err


def test_check_reads_the_data_and_trains_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, "visits,left,spend", *ROWS, name="x.csv")
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    for yaml_file, target in ((good, "left"), (bad, "lft")):
        text = f"name: m\ntask: classification\ndata: {{source: 'csv:{path.name}'}}\n"
        yaml_file.write_text(f"{text}target: {target}\n")
    assert main(["check", str(good)]) == 0
    assert "the positive class is 'yes'" in capsys.readouterr().out
    assert main(["check", str(bad), str(good)]) == 2
    shown = capsys.readouterr()
    assert "the data has no column 'lft'" in shown.err
    assert "the positive class is 'yes'" in shown.out
