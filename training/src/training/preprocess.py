"""The YAML's keys about what features go through before the estimator."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from training.feature import Model

FeatureTransform = Literal["log", "log1p", "sqrt", "yeo-johnson"]
DatePart = Literal[
    "year",
    "quarter",
    "month",
    "day",
    "weekday",
    "day_of_year",
    "hour",
    "minute",
    "days",
    "month_cycle",
    "weekday_cycle",
    "hour_cycle",
    "day_of_year_cycle",
]
NUMBER_WAYS = "'transform', 'bins' and 'polynomial'"
TEXT_WAYS = "'min_frequency' and 'target_encoding'"


class Polynomial(Model):
    """Products of some numbers."""

    columns: list[str] = Field(min_length=1, description="Numbers that are multiplied.")
    degree: int = Field(2, ge=2, le=4, description="Most factors of a product.")
    interaction_only: bool = Field(
        False, description="No number times itself: products of different ones alone."
    )


class TextWords(Model):
    """How the words of a text become numbers (TF-IDF)."""

    max_features: int = Field(
        1000, ge=1, le=100_000, description="Most terms, the most frequent; each is a number."
    )
    ngrams: int = Field(1, ge=1, le=3, description="A term is a word, or up to so many in a row.")
    min_df: int = Field(2, ge=1, description="A term stands in so many training rows at least.")
    lowercase: bool = Field(True, description="Été, ÉTÉ and été are one word.")


class Preprocess(Model):
    """What happens to features before the estimator."""

    scale: bool = Field(False, description="Standardise numbers (mean 0, variance 1).")
    impute: Literal["median", "none"] | None = Field(
        None,
        description="What takes the place of a missing number: the training median, or nothing, "
        "for an estimator that learns where gaps go. Default: none for xgboost, lightgbm and "
        "catboost in columns that have gaps in the training split; else median.",
    )
    categories: Literal["one_hot", "native"] = Field(
        "one_hot",
        description="one_hot: a number 0 or 1 for each value; native: xgboost and lightgbm split "
        "by sets of values.",
    )
    transform: dict[str, FeatureTransform] = Field(
        {},
        description="Number: log1p and sqrt (0 and more), log (its `range.min` above 0) or "
        "yeo-johnson, in its place.",
    )
    bins: dict[str, Annotated[int, Field(ge=2, le=100)]] = Field(
        {},
        description="Number: how many bins of about as many training rows each take its place, "
        "each a number 0 or 1.",
    )
    polynomial: Polynomial | None = Field(None, description="Products of numbers, beside them.")
    min_frequency: dict[str, Annotated[int, Field(ge=2)]] = Field(
        {},
        description="Category: a value of fewer training rows counts as none of the known.",
    )
    target_encoding: list[str] = Field(
        [],
        description="Categories that become one number each: the mean target of their training "
        "rows, shrunk to the mean of all, and for the training rows themselves of the others "
        "(cross-fitted). For numbers and for two classes.",
    )

    text: dict[str, TextWords] = Field(
        {},
        description="Text: how its words become numbers; every feature of the type text is encoded "
        "by TF-IDF, these as is said here (docs/feature-engineering.md).",
    )

    datetime: dict[str, Annotated[list[DatePart], Field(min_length=1)]] = Field(
        {},
        description="Datetime: the parts that take its place, such as [year, month, weekday]: a "
        "number each, of a cycle two, sine and cosine. Default: days (since 1970), year, month, "
        "day, weekday (Monday is 1), and hour where the data has times.",
    )

    @model_validator(mode="after")
    def _one_way_each(self) -> Self:
        """Refuse a column that would go two ways."""
        polynomial = self.polynomial.columns if self.polynomial else []
        numbers = [*self.transform, *self.bins, *polynomial]
        texts = [*self.min_frequency, *self.target_encoding]
        for ways, names in ((NUMBER_WAYS, numbers), (TEXT_WAYS, texts)):
            if twice := sorted({name for name in names if names.count(name) > 1}):
                raise ValueError(f"'{twice[0]}' stands twice among {ways}; name it once")
        if texts and self.categories == "native":
            raise ValueError(f"{TEXT_WAYS} are not for 'categories: native'; remove one of them")
        return self

    @property
    def named(self) -> dict[str, str]:
        """Columns that are named, each with the key that names it."""
        polynomial = self.polynomial.columns if self.polynomial else []
        keys = {"transform": [*self.transform], "bins": [*self.bins]}
        keys |= {"polynomial.columns": polynomial, "min_frequency": [*self.min_frequency]}
        keys |= {
            "target_encoding": self.target_encoding,
            "text": [*self.text],
            "datetime": [*self.datetime],
        }
        return {name: key for key, names in keys.items() for name in names}
