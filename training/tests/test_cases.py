"""Tables that once trained a wrong model in silence, or were refused without the right word."""

import io
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from training.dataset import Dataset, build_dataset, text_columns
from training.errors import InvalidInputError
from training.load import load_settings
from training.pipeline import Trained, prepare, train_model
from training.report import Report
from training.serving import Serving
from training.settings import Data
from training.sources import fetch

CASES = Path(__file__).parent / "cases"
IDS = [
    *("1577134800018164904", "1577134800018226901"),
    *("1582218195625938945", "1582218195625938947"),
]


def dataset(case: str, tmp_path: Path, /, **data: Any) -> Dataset:
    """Read a case, its YAML's `data` with these keys added."""
    shutil.copytree(CASES / case, tmp_path, dirs_exist_ok=True)
    path = tmp_path / "model.yaml"
    content = yaml.safe_load(path.read_text())
    content["data"] |= data
    path.write_text(yaml.safe_dump(content))
    settings, task = load_settings(path)
    table = fetch(settings.data, tmp_path, text_columns(settings, task))
    return build_dataset(settings, table, task)


def trained(case: str, tmp_path: Path, /, **data: Any) -> tuple[Trained, str]:
    """Train a case the whole way; returns what the terminal showed too."""
    dataset(case, tmp_path, **data)
    settings, task = load_settings(tmp_path / "model.yaml")
    out = io.StringIO()
    report = Report(case, out=out)
    table = fetch(settings.data, tmp_path, text_columns(settings, task))
    train, test = prepare(settings, task, table, report)
    return train_model(
        settings, table, train, test, "key", "sha", report, Serving()
    ), out.getvalue()


@pytest.mark.parametrize(
    ("case", "column", "categories", "required"),
    [
        ("leading-zeros", "zip", ["01730", "02134", "10001", "2134"], True),
        ("leading-zeros-quoted", "zip", ["01730", "02134", "10001", "2134"], True),
        ("code-1e5", "code", ["100000", "1E5", "2E3", "3E10"], True),
        ("true-text", "answer", ["FALSE", "TRUE"], True),
        ("big-id-no-gap", "shop", IDS, True),
        ("big-id-with-gap", "shop", IDS, False),
        ("na-country", "country", ["NA", "NC", "NE", "ZA"], True),
        ("na-country-stated", "country", ["NA", "NC", "NE", "ZA"], True),
        ("excel-sep", "ville", ["Lille", "Lyon"], True),
    ],
)
def test_text_stays_text(
    case: str, column: str, categories: list[str], *, required: bool, tmp_path: Path
) -> None:
    found = next(f for f in dataset(case, tmp_path).features if f.name == column)
    assert (found.type, found.categories, found.required) == ("category", categories, required)


@pytest.mark.parametrize(
    ("case", "classes"),
    [
        ("none-class", ["Apnea", "Insomnia", "None"]),
        ("big-id-class", IDS),
        ("big-class-binary", ["17", "9007199254740993"]),
        ("class-1-2", [1, 2]),
        ("class-1-2-labels", [1, 2]),
        ("posorder", ["churned", "stayed"]),
    ],
)
def test_classes_are_those_of_the_file(case: str, classes: list[Any], tmp_path: Path) -> None:
    assert dataset(case, tmp_path).classes == classes


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("auto-q", ["'horsepower' holds numbers and '?' in 5 rows", "'data.missing: ['?']'"]),
        ("comma", ["'wert' holds numbers written as '0,3'", "'data.decimal: \",\"'"]),
        ("comment-in-last-field", ["120 of 120 rows have 5 field(s) (lines 2, 3"]),
        ("currency", ["'$100.14'", "'data.types: {charge: number}'"]),
        ("dates", ["dates such as '2024-01-01': write 'data.types: {when: datetime}'"]),
        ("decimal-comma", ["'100,14'", "'data.decimal: \",\"'"]),
        ("decimal-comma-small", ["'100,14'", "'data.decimal: \",\"'"]),
        ("gzip", ["the file is gzip-compressed; write 'data.compression: gzip'"]),
        ("inf", ["'inf', which is infinite, in 1 row"]),
        ("latin1", ["line 2 holds byte 0xC9", "save the file as UTF-8", "'23,Évry,oui'"]),
        ("people-text", ["'first_name' has 55", "'last_name' has 60", "'address' has 63",
                         "'joined' holds dates", "'data.drop: [address]'"]),
        ("short-rows", ["12 of 120 rows have 3 field(s) (lines 7, 17, 27, 37, 47, …)"]),
        ("telco-blank", ["'TotalCharges' holds numbers and ' ' in 7 rows", "[' ']"]),
        ("telco-blank-small", ["'TotalCharges' holds numbers and ' ' in 4 rows", "[' ']"]),
        ("thousands", ["'charge' holds numbers written as", "'data.thousands: \",\"'"]),
        ("trailing-comma", ["have 5 field(s)", "end with a separator"]),
        ("trailing-comma-dropped", ["have 5 field(s)", "end with a separator"]),
        ("trailing-comma-optional", ["have 6 field(s)", "end with a separator"]),
        ("trailing-comma-target-last", ["have 5 field(s)", "end with a separator"]),
    ],
)  # fmt: skip
def test_what_is_not_sure_is_refused_with_the_line_to_write(
    case: str, expected: list[str], tmp_path: Path
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        dataset(case, tmp_path)
    message = str(caught.value)
    assert [part for part in expected if part not in message] == []
    if case != "people-text":
        assert "identifier" not in message


@pytest.mark.parametrize(
    ("case", "column", "data"),
    [
        ("auto-q", "horsepower", {"missing": ["?"]}),
        ("comma", "wert", {"decimal": ","}),
        ("currency", "charge", {"types": {"charge": "number"}}),
        ("decimal-comma", "charge", {"decimal": ","}),
        ("inf", "z", {"missing": ["inf"]}),
        ("telco-blank", "TotalCharges", {"missing": [" "]}),
        ("thousands", "charge", {"thousands": ","}),
    ],
)
def test_line_that_is_advised_helps(
    case: str, column: str, data: dict[str, Any], tmp_path: Path
) -> None:
    found = next(f for f in dataset(case, tmp_path, **data).features if f.name == column)
    assert found.type in ("number", "integer")


def test_file_opens_with_the_key_that_is_advised(tmp_path: Path) -> None:
    read = dataset("gzip", tmp_path / "a", compression="gzip")
    assert len(read.rows) > 10
    latin = dataset("latin1", tmp_path / "b", encoding="cp1252")
    assert latin.features[1].categories == ["Nîmes", "Orléans", "Évry"]


@pytest.mark.parametrize(
    "case", ["leading-zeros", "code-1e5", "big-id-with-gap", "big-class-binary"]
)
def test_text_that_decides_the_outcome_is_learned(case: str, tmp_path: Path) -> None:
    model, _ = trained(case, tmp_path)
    assert model.metrics["accuracy"] == 1.0


def test_numbers_with_a_decimal_comma_are_learned_as_numbers(tmp_path: Path) -> None:
    model, _ = trained("comma", tmp_path, decimal=",")
    assert model.metrics["r2"] > 0.99


def test_answer_is_the_class_or_its_label(tmp_path: Path) -> None:
    plain = trained("class-1-2", tmp_path / "a")[0].package.metadata
    assert plain["output"]["type"] == "category"
    assert plain["classes"] == [{"value": 1, "label": "1"}, {"value": 2, "label": "2"}]
    labelled = trained("class-1-2-labels", tmp_path / "b")[0].package.metadata
    assert labelled["output"]["type"] == "category"
    assert [one["label"] for one in labelled["classes"]] == ["good", "bad"]


def test_positive_class_and_balance_are_shown(tmp_path: Path) -> None:
    model, shown = trained("posorder", tmp_path)
    assert "target: classes churned 60 (10%), stayed 540 (90%)" in shown
    assert "the positive class is 'stayed' (only because it is the last in order; state" in shown
    understood = model.package.metadata["training"]["understanding"]
    assert understood["columns"][0] == {
        "name": "x",
        "type": "number",
        "reason": "all values are numbers",
        "missing": 0,
        "notes": [],
    }


def test_texts_that_mean_missing_are_in_the_package(tmp_path: Path) -> None:
    """Serving's CSV reader takes the same ones."""
    features = trained("na-country", tmp_path)[0].package.metadata["features"]
    missing = {f["name"]: f["missing"] for f in features}
    assert "NA" not in missing["country"]
    assert {"NA", "NaN", "null"} <= set(missing["spend"])


def test_worked_example_of_the_docs_trains(tmp_path: Path) -> None:
    """The YAML of docs/own-data.md, on a file as it describes."""
    page = (Path(__file__).parents[1] / "docs" / "own-data.md").read_text()
    (tmp_path / "model.yaml").write_text(page.partition("```yaml\n")[2].partition("```")[0])
    rows = [
        f"{['01067', '10115', '80331'][i % 3]};{40 + i},5;{200 + 7 * i},00 €;Allee {i};"
        f"{'k.A.' if i % 9 == 0 else 1900 + i % 30};1.{100 + i % 3 * 300 + i},50"
        for i in range(120)
    ]
    text = "\n".join(["plz;fläche;kosten;adresse;baujahr;miete", *rows])
    (tmp_path / "wohnungen.csv").write_bytes(text.encode("cp1252"))
    settings, task = load_settings(tmp_path / "model.yaml")
    table = fetch(settings.data, tmp_path, text_columns(settings, task))
    report = Report("price-model", out=io.StringIO())
    train, test = prepare(settings, task, table, report)
    model = train_model(settings, table, train, test, "key", "sha", report, Serving())
    kinds = {f.name: (f.type, f.required) for f in train.features}
    assert kinds == {
        "plz": ("category", True),
        "fläche": ("number", True),
        "kosten": ("number", True),
        "baujahr": ("number", False),
    }
    assert model.metrics["r2"] > 0.9


def test_champions_category_finds_its_text_where_the_data_has_numbers(tmp_path: Path) -> None:
    """A later file may hold only codes without zeros, which are numbers to the candidate."""
    (tmp_path / "x.csv").write_text("zip,y\n" + "10001,1\n2134,0\n" * 10)
    table = fetch(Data(source="csv:x.csv"), tmp_path)
    assert table.frame["zip"].dtype == "int64"
    assert table.with_text(["zip", "gone"])["zip"].tolist()[:2] == ["10001", "2134"]
    assert table.with_text(["zip"]).index.equals(table.frame.index)
