"""The model card."""

import re
from datetime import date
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from mlflow import MlflowClient

from support.flow import train
from support.models import frame, write_model
from test_parity import mixed
from training.card.content import card_files
from training.estimator import check_estimator
from training.gate import Comparison, Verdict
from training.pipeline import Trained, prepare, train_model
from training.report import Report
from training.serving import Serving
from training.settings import Settings
from training.sources import Table

PAGE = Path(__file__).parents[1] / "docs" / "model-card.md"
PASSED = Verdict(True, (Comparison("accuracy", "floor", 0.9, 0.5, True),), "1", "on 40 rows")
HOSTILE = '<script>alert(1)</script> | **bold** [a](javascript:b) `c` & "d" \''
YES = {True: "yes", False: "no"}
TREE = {"class": "sklearn.tree.DecisionTreeClassifier", "parameters": {"max_depth": 3}}


def model(rows: pd.DataFrame | None = None, **keys: Any) -> Trained:
    content = {"name": "card-model", "data": {"source": "csv:x.csv"}, "target": "y"}
    content |= {"estimator": TREE, "metrics": ["accuracy", "log_loss"]}
    settings = Settings.model_validate(content | keys)
    task, _ = check_estimator(settings)
    table, report = Table(frame() if rows is None else rows, "0" * 64), Report("m", out=StringIO())
    train, test = prepare(settings, task, table, report)
    return train_model(settings, table, train, test, "key", "sha", report, Serving())


def card(of: Trained) -> tuple[str, str]:
    files = card_files(of.settings, of.package.metadata, "7", PASSED, date(2026, 11, 26))
    assert list(files) == ["model-card.md", "model-card.html"]
    return files["model-card.md"], files["model-card.html"]


class Elements(HTMLParser):
    """The tags of a page with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        """Read a page."""
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep it."""
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Keep it."""
        self.text += data


def test_card_tells_of_model_data_metrics_and_verdict() -> None:
    of = model(description="Whether it is.", slices=["s"], rows=frame().assign(s="one"))
    markdown, html = card(of)
    text = Elements(html).text
    training = of.package.metadata["training"]
    low, high = training["intervals"]["accuracy"]
    for said in (
        "card-model, version 7",
        "2026-11-26",
        "Whether it is.",
        "csv:x.csv",
        training["data_sha256"],
        "sklearn.tree.DecisionTreeClassifier",
        f"{training['metrics']['accuracy']:.4f}",
        f"{low:.4f} to {high:.4f}",
        "s=one",
        "Passed against version 1.",
        "at least 0.5000",
        "on 40 rows",
        f"scikit-learn {training['libraries']['scikit-learn']}",
    ):
        assert said in text
        assert said in markdown.replace("\\", "")
    assert "nobody has stated 'limitations'" in text
    assert "### " not in markdown


def test_card_names_license_contact_and_limitations_and_so_does_the_package() -> None:
    said: dict[str, Any] = {"license": "apache-2.0", "contact": "me", "limitations": ["Children."]}
    of = model(**said)
    markdown, html = card(of)
    header = yaml.safe_load(markdown.split("---\n")[1])
    assert header["license"] == "apache-2.0"
    assert header["pipeline_tag"] == "tabular-classification"
    assert "- Children." in markdown
    assert "<li>Children.</li>" in html
    assert {name: of.package.metadata[name] for name in said} == said


def test_without_the_keys_the_package_has_none_and_the_model_is_the_same() -> None:
    plain, said = model(), model(license="mit", limitations=["Children."])
    assert not {"license", "contact", "limitations"} & set(plain.package.metadata)
    assert plain.package.model == said.package.model


def test_text_of_the_user_stays_text_in_both() -> None:
    data = frame().rename(columns={"a": HOSTILE})
    of = model(data, description=HOSTILE, limitations=[HOSTILE, "# no heading\n\n---"])
    markdown, html = card(of)
    page = Elements(html)
    assert page.text.count(HOSTILE) >= 3
    allowed = "html head meta title style body h1 h2 section p ul li div table thead tbody tr th td"
    assert {tag for tag, _ in page.tags} <= set(allowed.split())
    body = markdown.split("---\n", 2)[2]
    assert "<" not in body
    assert "\n#" not in re.sub("\n##? [A-Z]", "", body)
    for sign in ("| **", "[a]", " `c"):
        assert sign not in body
    assert all(line.count(" | ") == 5 for line in body.splitlines() if "any number" in line)


def test_html_needs_nothing_else_and_follows_the_readers_colours() -> None:
    page = Elements(card(model())[1])
    attributes = {name for _, found in page.tags for name in found}
    assert not attributes & {"src", "href", "style", "onload"}
    policy = next(found for _, found in page.tags if "http-equiv" in found)
    assert policy["content"] == "default-src 'none'; style-src 'unsafe-inline'"
    assert "color-scheme: light dark" in page.text
    assert not re.search(r"#[0-9a-f]{3,6}\b|url\(|@import", page.text)


def test_card_tells_the_period_of_data_that_is_split_by_time() -> None:
    days = pd.date_range("2026-01-01", periods=300).strftime("%Y-%m-%d")
    shuffled = frame().assign(day=days).sample(frac=1, random_state=1).reset_index(drop=True)
    of = model(shuffled, split={"method": "time", "key": "day", "test": 0.2})
    assert of.package.metadata["training"]["period"] == {
        "column": "day",
        "train": ["2026-01-01", "2026-08-28"],
        "test": ["2026-08-29", "2026-10-27"],
    }
    assert "| Test period (day) | 2026-08-29 to 2026-10-27 |" in card(of)[0]
    assert "period" not in model().package.metadata["training"]


def test_card_of_an_adopted_model_names_whose_word_stands_for_the_rows() -> None:
    of = model()
    metadata = of.package.metadata
    logged = {"model": "churn", "version": "3", "run_id": "r", "flavor": "sklearn"}
    training = metadata["training"] | {"adopted": logged}
    for measured in (training, training | {"metrics": {}, "intervals": {}}):
        adopted = metadata | {"training": measured}
        text = card_files(of.settings, adopted, "7", PASSED, date(2026, 11, 26))["model-card.md"]
        assert "| Adopted from | churn, version 3, logged with sklearn |" in text
        assert "Training rows" not in text
        assert "| Split |" not in text
        assert ("did not see, on its owner's word" in text) == bool(measured["metrics"])
        assert ("Nothing was measured" in text) != bool(measured["metrics"])


def test_card_tells_of_folds_and_of_a_search() -> None:
    space = {"method": "grid", "space": {"max_depth": [1, 2]}}
    markdown, _ = card(model(search=space))
    assert "over 5 folds" in markdown
    assert "grid, 2 trials beside the YAML's own parameters, 0 failed" in markdown


def test_card_stands_beside_the_other_artifacts_also_of_a_rejected_version(
    client: MlflowClient, mlflow_url: str, tmp_path: Path
) -> None:
    for floor, word in ((0.5, "Passed."), (0.999, "Rejected")):
        path = write_model(tmp_path, "card-flow", gate={"floors": {"accuracy": floor}})
        result = train(mlflow_url, path)[1]
        version = client.get_model_version("card-flow", result["version"])
        names = {entry.path for entry in client.list_artifacts(version.run_id)}
        assert {"model-card.md", "model-card.html", "understanding.txt"} <= names
        file = client.download_artifacts(version.run_id, "model-card.md", str(tmp_path))
        text = Path(file).read_text(encoding="utf-8")
        assert f"card-flow, version {result['version']}" in text
        assert word in text


def test_the_page_of_docs_has_a_yaml_whose_card_says_all_of_it() -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    content = yaml.safe_load(text)
    data = mixed("text", 300).rename(columns={"y": "churned"})
    markdown, _ = card(model(data.assign(churned=data["churned"].eq("hi").map(YES)), **content))
    for said in (content["description"], content["contact"], *content["limitations"]):
        assert said in markdown
    titles = re.findall(r"^## (.*)$", markdown, re.MULTILINE)
    documented = re.findall(
        r"^\| ([A-Z][a-z ]+?) +\|", PAGE.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert [title for title in documented if title in titles] == [
        title for title in titles if title != "More in the run"
    ]
    assert set(documented) - set(titles) == {"Slices", "Search of parameters"}
