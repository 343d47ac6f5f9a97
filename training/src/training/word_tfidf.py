"""TF-IDF of the words of free text, as a step of scikit-learn."""

from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import TfidfVectorizer

from training.errors import InvalidInputError
from training.words import words_of

MOST_NUMBERS = 1 << 28  # of one matrix, 2 GiB in float64


class WordTfidf(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """One text column becomes a number a term: how often it occurs, times how rare it is.

    A term is a word of `words.py`, or up to `ngrams` of them in a row. The numbers are those of
    scikit-learn's TfidfVectorizer, whose parameters `max_features`, `min_df` and `lowercase` are:
    count · (ln((1 + rows) / (1 + rows with it)) + 1), of each row brought to length 1 (L2). A text
    without a known term, such as a missing one, has zeros only.
    """

    def __init__(
        self,
        max_features: int | None = 1000,
        ngrams: int = 1,
        min_df: int = 2,
        *,
        lowercase: bool = True,
    ) -> None:
        """Take the most terms, words a term, and the fewest rows that a term stands in."""
        self.max_features, self.ngrams, self.min_df = max_features, ngrams, min_df
        self.lowercase = lowercase

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002, N803 - scikit-learn's names
        """Learn terms and weights of `[rows, 1]` texts; raises InvalidInputError for no term."""
        texts = _texts(X)
        self.vectorizer_ = TfidfVectorizer(
            analyzer=self._terms, max_features=self.max_features, min_df=self.min_df
        )
        try:
            self.vectorizer_.fit(texts)
        except ValueError as error:
            name = X.columns[0] if isinstance(X, pd.DataFrame) else "the column"
            problem = (
                f"preprocess.text.{name}: no word stands in {self.min_df} of {len(texts)} training "
                "rows ('min_df'); write fewer, or leave the column out ('data.drop')"
            )
            raise InvalidInputError("text", [problem]) from error
        self.n_features_in_ = 1
        return self

    def transform(self, X: Any) -> npt.NDArray[np.float64]:  # noqa: N803
        """Return `[rows, terms]`, terms in the order of their text."""
        texts = _texts(X)
        terms = len(self.vectorizer_.vocabulary_)
        if len(texts) * terms > MOST_NUMBERS:
            problem = (
                f"preprocess.text: {len(texts)} rows of {terms} words are more numbers than fit "
                f"into memory (2 GiB); write 'max_features: {MOST_NUMBERS // len(texts)}' or less"
            )
            raise InvalidInputError("text", [problem])
        found: npt.NDArray[np.float64] = self.vectorizer_.transform(texts).toarray()
        return found

    def _terms(self, text: str) -> list[str]:
        words = words_of(text, lowercase=self.lowercase)
        return [
            " ".join(words[at : at + length])
            for length in range(1, self.ngrams + 1)
            for at in range(len(words) - length + 1)
        ]


def _texts(column: Any) -> list[str]:
    return [str(text) for text in np.asarray(column, dtype=object).ravel()]
