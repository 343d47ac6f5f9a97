"""By how much a metric gets worse where a feature is shuffled."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from support.models import frame
from test_model_card import model
from training.importance import importance


def test_importance_is_that_of_the_feature_which_decides() -> None:
    data = frame().assign(y=lambda rows: (rows["a"] > 0).astype(int))
    of = model(data)
    found = of.package.metadata["training"]["importance"]
    assert (found["metric"], found["repeats"], found["rows"]) == ("accuracy", 5, len(of.test.rows))
    assert found["features"]["a"]["mean"] > 0.3
    assert found["features"]["b"] == {"mean": 0.0, "std": 0.0}


def test_importance_of_an_error_counts_how_much_larger_it_gets() -> None:
    data = frame().assign(y=lambda rows: 3 * rows["a"])
    tree = {"class": "sklearn.tree.DecisionTreeRegressor"}
    found = model(data, estimator=tree, metrics=["rmse"]).package.metadata["training"]
    assert found["importance"]["features"]["a"]["mean"] > 1


@pytest.mark.parametrize(
    ("features", "rows", "repeats", "scored"),
    [(2, 3000, 5, 1000), (25, 3000, 5, 400), (150, 3000, 3, 111), (500, 3000, 1, 100)],
)
def test_importance_costs_at_most_500_shuffles_and_50_000_rows(
    features: int, rows: int, repeats: int, scored: int
) -> None:
    of = model()
    names = [f"f{n}" for n in range(features)]
    like = of.test.features[0]
    test = replace(
        of.test,
        features=[like.model_copy(update={"name": name}) for name in names],
        rows=pd.DataFrame(np.zeros((rows, features)), columns=names),
        target=np.arange(rows) % 2,
    )
    answered: list[int] = []

    def score(_: bytes, __: Any, ___: Any) -> Any:
        from training.scoring import ClassScores

        def answer(asked: pd.DataFrame) -> ClassScores:
            answered.append(len(asked))
            return ClassScores(np.zeros(len(asked), np.int64), np.full((len(asked), 2), 0.5))

        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("training.importance.loaded", score)
        found = importance(of.settings, test, b"")
    assert found is not None
    assert (found.repeats, found.rows) == (repeats, scored)
    assert set(answered) == {scored}
    assert len(answered) <= 501
    assert sum(answered) <= 50_000 + scored


def test_more_than_500_features_have_no_importance() -> None:
    of = model()
    many = replace(of.test, features=of.test.features * 251)
    assert importance(of.settings, many, of.package.model) is None
