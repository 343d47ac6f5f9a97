"""TF-IDF of words as ONNX: the same words, counts and weights, whatever locale the machine has."""

from typing import Any

import numpy as np

from training.word_tfidf import WordTfidf
from training.words import forms, re2_pattern

NO_TERM = -1  # the number of a word that stands in no term, and of what fills short rows up


def register(dtype: type[np.float32] | type[np.float64]) -> None:
    """Let skl2onnx write a WordTfidf, whose numbers come out as `dtype`."""
    from skl2onnx import update_registered_converter
    from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType

    kind = DoubleTensorType if dtype is np.float64 else FloatTensorType

    def shape(operator: Any) -> None:
        terms = len(operator.raw_operator.vectorizer_.vocabulary_)
        operator.outputs[0].type = kind([operator.inputs[0].get_first_dimension(), terms])

    update_registered_converter(WordTfidf, "SlipwayWordTfidf", shape, _convert)


def _convert(scope: Any, operator: Any, container: Any) -> None:
    """Write words, their numbers, counts of terms, and weights, which are computed in float64.

    `StringNormalizer` takes the locale C, which is there everywhere and changes ASCII alone; how
    words with other letters may be written is a table (`forms`). `Tokenizer`, of onnxruntime's own
    operators, marks begin and end of a text, so that none is without a word.
    """
    from onnx import TensorProto
    from skl2onnx.common.data_types import DoubleTensorType

    model: WordTfidf = operator.raw_operator
    split = [(term.split(" "), int(at)) for term, at in model.vectorizer_.vocabulary_.items()]
    split.sort(key=lambda term: (len(term[0]), term[1]))  # as the pool wants it: short ones first
    numbers = {word: at for at, word in enumerate(sorted({w for ws, _ in split for w in ws}))}
    known = forms(numbers) if model.lowercase else {word: word for word in numbers}
    counts = [sum(len(words) == n for words, _ in split) * n for n in range(1, model.ngrams)]

    def node(kind: str, *inputs: str, domain: str = "", version: int = 13, **more: Any) -> str:
        found: str = scope.get_unique_variable_name(kind.lower())
        name = scope.get_unique_operator_name(kind)
        container.add_node(
            kind, [*inputs], [found], op_domain=domain, op_version=version, name=name, **more
        )
        return found

    def constant(kind: int, values: Any) -> str:
        name: str = scope.get_unique_variable_name("constant")
        container.add_initializer(name, kind, [len(values)], values)
        return name

    text = node("Reshape", operator.inputs[0].full_name, constant(TensorProto.INT64, [-1]))
    if model.lowercase:
        how: dict[str, Any] = {"case_change_action": "LOWER", "is_case_sensitive": 1, "locale": "C"}
        text = node("StringNormalizer", text, version=10, **how)
    how = {"mark": 1, "mincharnum": 1, "pad_value": "", "tokenexp": re2_pattern()}
    words = node("Tokenizer", text, domain="com.microsoft", version=1, **how)
    table: dict[str, Any] = {"keys_strings": [*known], "default_int64": NO_TERM}
    table["values_int64s"] = [numbers[word] for word in known.values()]
    found = node("LabelEncoder", words, domain="ai.onnx.ml", version=2, **table)
    pool: dict[str, Any] = {"min_gram_length": 1, "max_gram_length": model.ngrams}
    pool |= {"max_skip_count": 0, "mode": "TF", "ngram_indexes": [column for _, column in split]}
    pool["pool_int64s"] = [numbers[word] for words, _ in split for word in words]
    pool["ngram_counts"] = np.cumsum([0, *counts]).tolist()
    count = node("TfIdfVectorizer", found, version=9, **pool)
    count = node("Cast", count, to=TensorProto.DOUBLE)
    weight = constant(TensorProto.DOUBLE, model.vectorizer_.idf_.tolist())
    weighted = node("Mul", count, weight, version=14)
    axis = constant(TensorProto.INT64, [1])
    length = node("Sqrt", node("ReduceSumSquare", weighted, axis, version=18, keepdims=1))
    least = constant(TensorProto.DOUBLE, [1e-300])  # where there is no word at all
    result = node("Div", weighted, node("Max", length, least), version=14)
    wide = isinstance(operator.outputs[0].type, DoubleTensorType)
    kind = TensorProto.DOUBLE if wide else TensorProto.FLOAT
    container.add_node(
        "Cast",
        [result],
        [operator.outputs[0].full_name],
        op_version=13,
        name=scope.get_unique_operator_name("Cast"),
        to=kind,
    )
