"""Free text becomes words and their TF-IDF, in scikit-learn as in the graph, or is refused."""

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pandas as pd
import pytest
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import StringTensorType
from sklearn.pipeline import make_pipeline

from support.boosting import SERVED
from support.command import run
from support.models import write_model
from test_parity import HISTOGRAM, LINEAR, trained
from training.drawn import ODD_TEXTS
from training.errors import InvalidInputError
from training.export import OPSETS
from training.text_form import register
from training.word_tfidf import WordTfidf
from training.words import words_of

GOOD = ["Très", "bien", "great", "lovely", "École", "superbe", "😀", "Привет"]
BAD = ["slow", "broken", "awful", "cassé", "noisy", "COLD", "été", "дом"]
FILLER = ["the", "room", "was", "and", "very", "with", "staff", "we", "had", "our", "2", "5", "!"]
REVIEW: dict[str, Any] = {"name": "review", "type": "text"}


def reviews(rows: int = 240, *, gaps: bool = True) -> pd.DataFrame:
    """Reviews whose words tell the rating, some in capitals, and how many nights someone stayed."""
    random = np.random.default_rng(3)
    y = random.integers(0, 2, rows)
    texts = []
    for good in y:
        words = [*random.choice(GOOD if good else BAD, 2), *random.choice(FILLER, 5)]
        text = " ".join(random.permutation(words))
        texts.append(text.upper() if random.random() < 0.1 else text)
    table = pd.DataFrame({"review": texts, "nights": random.integers(1, 9, rows)})
    table["y"] = np.where(y == 1, "good", "bad")
    if gaps:
        table.loc[::20, "review"] = None
    return table


def model(estimator: Any, **more: Any) -> Any:
    features = more.pop("features", [REVIEW, {"name": "nights"}])
    return trained(reviews(), estimator, features=features, **more)


ESTIMATORS = {
    "linear": "sklearn.linear_model.LogisticRegression",
    "forest": {
        "class": "sklearn.ensemble.RandomForestClassifier",
        "parameters": {"n_estimators": 9},
    },
    "histogram": {"class": f"{HISTOGRAM}Classifier", "parameters": {"max_iter": 20}},
    "xgboost": {"class": "xgboost.XGBClassifier", "parameters": {"n_estimators": 15}},
    "lightgbm": {"class": "lightgbm.LGBMClassifier", "parameters": {"n_estimators": 15}},
    "catboost": {"class": "catboost.CatBoostClassifier", "parameters": {"n_estimators": 15}},
}


@pytest.mark.parametrize("estimator", ESTIMATORS.values(), ids=ESTIMATORS)
def test_words_decide_in_every_kind_of_model(estimator: Any) -> None:
    """The proof has odd texts among its drawn rows: other scripts, emoji, no word at all."""
    found = model(estimator, preprocess={"text": {"review": {"ngrams": 2}}, "scale": True})
    assert found.metrics["accuracy"] > 0.85
    assert found.package.metadata["onnx"]["inputs"][0] == {"name": "review", "dtype": "string"}


def test_package_says_what_serving_needs_and_serving_answers_alike() -> None:
    found = model("sklearn.linear_model.LogisticRegression", serving=SERVED)
    (review, _) = found.package.metadata["features"]
    assert (review["type"], review["max_length"], review["required"]) == ("text", 10_000, False)
    assert (review["categories"], review["observed"], review["range"]) == (None, None, None)
    rows = found.package.metadata["training"]["rows"]["train"]
    assert sum(review["histogram"]["counts"]) + review["histogram"]["missing"] == rows
    assert review["histogram"]["missing"] > 0
    assert found.package.metadata["training"]["importance"]["features"]["review"]["mean"] > 0.1
    assert found.package.example["review"] in set(reviews()["review"])


def test_number_is_predicted_from_text_alone() -> None:
    table = reviews(gaps=False)
    table["y"] = (table["y"] == "good") * 3 + table["nights"] / 100
    found = trained(table, LINEAR, features=[REVIEW], serving=SERVED)
    assert found.metrics["r2"] > 0.8


TRAINED = [
    *GOOD,
    "Straße STRASSE",
    "naïve cafe\u0301",
    "日本語 テスト",
    "x_y #tag",
    "a b c",
    "",
] * 2
ASKED = [*ODD_TEXTS, *TRAINED, "éTÉ", "\uff28\uff25", "great " * 2000, "Ǆ ǅ ǆ", "b a", "caf\u00e9"]


@pytest.mark.parametrize("how", [{}, {"ngrams": 3, "min_df": 1}, {"lowercase": False}], ids=str)
def test_any_text_has_the_same_numbers_in_the_graph_also_alone(how: dict[str, Any]) -> None:
    frame = pd.DataFrame({"t": TRAINED})
    fitted = make_pipeline(WordTfidf(**how)).fit(frame)
    register(np.float64)
    inputs = [("t", StringTensorType([None, 1]))]
    onnx = convert_sklearn(fitted, initial_types=inputs, target_opset=OPSETS)
    session = onnxruntime.InferenceSession(onnx.SerializeToString())
    asked = pd.DataFrame({"t": ASKED}).to_numpy(object)
    expected = fitted.transform(pd.DataFrame({"t": ASKED}))
    assert (expected.sum(axis=1) > 0).sum() > len(TRAINED) / 2
    (found,) = session.run(None, {"t": asked})
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-15)
    alone = [session.run(None, {"t": asked[at : at + 1]})[0] for at in range(len(asked))]
    np.testing.assert_array_equal(np.vstack(alone), found)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Don't STOP, it's 5€!", ["don", "t", "stop", "it", "s", "5"]),
        ("Été ÉTÉ e\u0301te\u0301", ["été", "été", "été"]),
        ("éTÉ", ["étÉ"]),
        ("ПРИВЕТ Мир", ["привет", "мир"]),
        ("Straße STRASSE", ["straße", "strasse"]),
        ("so👍🏽good", ["so", "👍", "🏽", "good"]),
        ("日本語、テスト", ["日本語", "テスト"]),
        ("  \u00a0…!", []),
    ],
)
def test_word_ends_at_punctuation_and_its_case_does_not_matter(text: str, words: list[str]) -> None:
    assert words_of(text, lowercase=True) == words
    assert len(words_of(text, lowercase=False)) == len(words)


def check(folder: Path, **changes: Any) -> str:
    """Check a YAML of reviews; returns what is wrong with it."""
    reviews().to_csv(folder / "data.csv", index=False)
    usual: dict[str, Any] = {"estimator": None, "task": "classification", "metrics": None}
    usual |= {"gate": None, "data": {"source": "csv:data.csv", "types": {"review": "text"}}}
    done = run("check", write_model(folder, **usual | changes))
    assert (done.code == 2) == bool(done.err), done.out
    return done.err


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, ""),
        ({"data": {"source": "csv:data.csv"}}, "write 'data.types: {review: text}' to learn from"),
        (
            {"preprocess": {"target_encoding": ["review"]}},
            "preprocess.target_encoding: 'review' is a text, this is for category; remove it there",
        ),
        (
            {"preprocess": {"transform": {"review": "log1p"}}},
            "preprocess.transform: 'review' is a text, this is for number or integer",
        ),
        (
            {"preprocess": {"text": {"nights": {}}}},
            "preprocess.text: 'nights' is a integer, this is for text; remove it there",
        ),
        ({"preprocess": {"text": {"review": {"ngrams": 9}}}}, "preprocess.text.review.ngrams"),
        ({"slices": ["review"]}, "slices.0: 'review' is free text, whose values are no groups"),
        (
            {"features": [REVIEW | {"max_length": 30}]},
            "of 'review' have more than 30 characters, the longest",
        ),
        (
            {"features": [REVIEW | {"range": {"min": 1}}]},
            "'range' is for numbers, not 'type: text'",
        ),
        ({"features": [{"name": "nights", "max_length": 9}]}, "'max_length' needs 'type: text'"),
        (
            {
                "estimator": {
                    "class": "xgboost.XGBClassifier",
                    "parameters": {"monotone_constraints": {"nights": 1}},
                }
            },
            "monotone_constraints: has no place for the words of a text; remove it",
        ),
    ],
)
def test_yaml_that_text_does_not_fit_is_told_what_to_write(
    changes: dict[str, Any], reason: str, tmp_path: Path
) -> None:
    error = check(tmp_path, **changes)
    assert reason in error
    assert bool(reason) == bool(error), error


def test_words_that_are_all_too_rare_are_no_features() -> None:
    problem = r"preprocess.text.review: no word stands in 300 of 1\d\d training rows"
    with pytest.raises(InvalidInputError, match=problem):
        model(ESTIMATORS["linear"], preprocess={"text": {"review": {"min_df": 300}}})


def test_search_and_folds_learn_their_words_anew(tmp_path: Path) -> None:
    reviews(120).to_csv(tmp_path / "data.csv", index=False)
    data = {"source": "csv:data.csv", "types": {"review": "text"}}
    search = {"method": "grid", "space": {"C": [0.1, 10.0]}, "cv": 3}
    estimator = {"class": "sklearn.linear_model.LogisticRegression"}
    path = write_model(tmp_path, data=data, estimator=estimator, search=search, metrics=None)
    done = run("build", path, "--out", tmp_path / "package")
    assert done.code == 0, done.err


OWN = """
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from training.word_tfidf import WordTfidf


def build():
    return make_pipeline(ColumnTransformer([STEP]), LogisticRegression())
"""


@pytest.mark.parametrize(
    ("step", "code", "said"),
    [
        ("('t', WordTfidf(50, 2), ['review'])", 0, ""),
        ("('t', TfidfVectorizer(), 'review')", 2, "use training.word_tfidf.WordTfidf"),
    ],
)
def test_pipeline_of_ones_own_takes_words_that_the_graph_has(
    step: str, code: int, said: str, tmp_path: Path
) -> None:
    reviews().to_csv(tmp_path / "data.csv", index=False)
    (tmp_path / "own.py").write_text(OWN.replace("STEP", step))
    data = {"source": "csv:data.csv", "types": {"review": "text"}, "drop": ["nights"]}
    more = {"task": "classification", "estimator": None, "pipeline": "own:build", "metrics": None}
    done = run("build", write_model(tmp_path, data=data, **more), "--out", tmp_path / "package")
    assert done.code == code, done.err
    assert said in done.err


def test_draft_takes_prose_for_text(tmp_path: Path) -> None:
    reviews().to_csv(tmp_path / "data.csv", index=False)
    out = tmp_path / "draft.yaml"
    done = run("new", "--data", tmp_path / "data.csv", "--target", "y", "--out", out)
    assert done.code == 0, done.err
    assert "review: text" in out.read_text()
    assert run("check", out).code == 0
