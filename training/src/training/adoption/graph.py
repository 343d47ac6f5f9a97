"""A model that was logged as ONNX: what it answers, and the same graph with a package's inputs."""

from functools import partial
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator

from training.adoption.logged import Logged
from training.adoption.notebook import NO_NAMES, Notebook
from training.dataset import Dataset
from training.errors import InvalidInputError
from training.export import ConversionError
from training.model import Model, exported
from training.report import Report
from training.scoring import as_input, output_names
from training.settings import Settings

FORM = (
    "serving takes one input [rows, features] of float32 or float64 (with texts: one input "
    "[rows, 1] a column, named as it) and answers label (int64 or text) and probabilities, or one "
    "number [rows, 1]; convert it so, or log the model itself with its own flavour of MLflow"
)
NUMBERS = {1: np.float32, 11: np.float64}  # onnx.TensorProto.FLOAT, DOUBLE
TEXT = 8


class Ends(NamedTuple):
    """What a graph takes and answers; `label` is empty for a number, `zipmap` for plain arrays."""

    inputs: list[Any]
    label: str
    scores: str
    zipmap: Any


class OnnxModel(BaseEstimator):  # type: ignore[misc]
    """Answers as the logged file does in onnxruntime, as an estimator of scikit-learn would."""

    def __init__(self, graph: Any, classes: list[int | str]) -> None:
        """Take the parsed file; `classes` in the order of the probabilities, none for numbers."""
        self.graph, self.classes = graph, classes

    def predict(self, X: Any) -> npt.NDArray[Any]:  # noqa: N803 - scikit-learn's name
        """Return a class or a number a row."""
        found: npt.NDArray[Any] = np.ravel(self._answer(X, 0))
        return found

    def predict_proba(self, X: Any) -> npt.NDArray[Any]:  # noqa: N803
        """Return probabilities `[rows, classes]`."""
        found = self._answer(X, 1)
        if isinstance(found, list):  # ZipMap's dictionaries
            found = pd.DataFrame(found)[self.classes]
        return np.asarray(found)

    def _answer(self, X: Any, which: int) -> Any:  # noqa: N803
        import onnxruntime

        ends = ends_of(self.graph)
        session = onnxruntime.InferenceSession(
            self.graph.SerializeToString(), providers=["CPUExecutionProvider"]
        )
        feed = {}
        for given in ends.inputs:
            kind = NUMBERS.get(_type(given), object)
            taken = X if isinstance(X, np.ndarray) else X[[given.name]]
            feed[given.name] = np.asarray(taken).astype(kind)
        wanted = ends.label if ends.label and which == 0 else _shown(self.graph, ends)
        return session.run([wanted], feed)[0]


def open_graph(logged: Logged) -> Notebook:
    """Read a logged ONNX file; raises InvalidInputError where its form is none of serving's."""
    import mlflow.onnx

    graph = mlflow.onnx.load_model(str(logged.folder))
    if not logged.columns:
        raise InvalidInputError(logged.where, [NO_NAMES])
    try:
        ends = ends_of(graph)
    except ConversionError as error:
        raise InvalidInputError(logged.where, [f"--version: {error}; {FORM}"]) from error
    classes: list[int | str] | None = None
    if ends.zipmap is not None:
        (known,) = ends.zipmap.attribute
        classes = list(known.ints) or [text.decode() for text in known.strings]
    return Notebook(
        "classification" if ends.label else "regression",
        dict(logged.columns),
        classes,
        OnnxModel(graph, classes or []),
    )


def ends_of(graph: Any) -> Ends:
    """Find inputs and outputs by their types and shapes; raises ConversionError for others."""
    fixed = {one.name for one in graph.graph.initializer}
    inputs = [one for one in graph.graph.input if one.name not in fixed]
    numbers = [one for one in inputs if _type(one) in NUMBERS]
    texts = [one for one in inputs if _type(one) == TEXT]
    if len(numbers) + len(texts) < len(inputs) or len({_type(one) for one in numbers}) > 1:
        raise ConversionError("it has inputs that are neither texts nor all float32 or all float64")
    if not texts and len(inputs) != 1:
        raise ConversionError(f"it takes {len(inputs)} inputs, all of numbers")
    outputs = list(graph.graph.output)
    if len(outputs) == 1 and _type(outputs[0]) in NUMBERS:
        return Ends(inputs, "", outputs[0].name, None)
    if len(outputs) != 2 or _type(outputs[0]) not in (7, TEXT):
        raise ConversionError(f"it answers {', '.join(one.name for one in outputs)}")
    label, shown = outputs[0].name, outputs[1].name
    zipmap = next(
        (n for n in graph.graph.node if n.op_type == "ZipMap" and shown in n.output), None
    )
    return Ends(inputs, label, shown if zipmap is None else zipmap.input[0], zipmap)


def repackage(
    settings: Settings, notebook: Notebook, data: Dataset, max_bytes: int, report: Report
) -> Model:
    """Return the graph as a package has it; raises InvalidInputError where that cannot be."""
    graph = notebook.estimator.graph
    try:
        if data.classes and notebook.classes is None:
            check_order(notebook, data)
        convert, form = partial(packaged, graph, data), "as it is"
        found = exported(
            settings, notebook.estimator, convert, form, (data, data), max_bytes, report
        )
        if isinstance(found, Model):
            return found
    except ConversionError as error:
        found = error
    raise InvalidInputError(settings.name, [f"--version: {found}; {FORM}"])


def check_order(notebook: Notebook, data: Dataset) -> None:
    """Raise ConversionError where the label is not the class of the highest probability.

    The graph does not name the classes of its probabilities: they are taken for those of the rows,
    in order.
    """
    rows = as_input(data.features, data.rows)
    chances, labels = notebook.estimator.predict_proba(rows), notebook.estimator.predict(rows)
    if chances.shape != (len(rows), len(data.classes)):
        shape = list(chances.shape[1:])
        raise ConversionError(
            f"it answers probabilities {shape}, and the data has {len(data.classes)} classes"
        )
    own = [data.classes.index(value) for value in labels.tolist() if value in data.classes]
    if own != chances.argmax(axis=1).tolist():
        raise ConversionError("its label is not always the class of the highest probability")


def packaged(graph: Any, data: Dataset) -> bytes:
    """Return the graph with the names and shapes of a package, without ZipMap."""
    import onnx

    changed = onnx.ModelProto()
    changed.CopyFrom(graph)
    ends = ends_of(changed)
    matrix = data.layout == "matrix"
    if not matrix and [one.name for one in ends.inputs] != [f.name for f in data.features]:
        given = ", ".join(one.name for one in ends.inputs)
        raise ConversionError(f"its inputs {given} are not called as the columns of its signature")
    renamed = {} if not matrix else {ends.inputs[0].name: "features"}
    wanted = output_names(data.features, data.classes)
    renamed |= dict(
        zip([ends.label, ends.scores] if data.classes else [ends.scores], wanted, strict=True)
    )
    if ends.zipmap is not None:
        changed.graph.node.remove(ends.zipmap)
    _rename(changed.graph, renamed)
    for given in ends.inputs:
        given.name = renamed.get(given.name, given.name)
        _shape(given, len(data.features) if matrix else 1)
    if data.classes:
        label, kind = changed.graph.output[0], onnx.TensorProto.FLOAT
        label.name = wanted[0]
        del changed.graph.output[1]
        shown = onnx.helper.make_tensor_value_info(wanted[1], kind, [None, len(data.classes)])
        changed.graph.output.append(shown)
    else:
        changed.graph.output[0].name = wanted[0]
        _shape(changed.graph.output[0], 1)
    content: bytes = changed.SerializeToString(deterministic=True)
    return content


def _rename(graph: Any, renamed: dict[str, str]) -> None:
    """Rename values; one that has a new name already gets another."""
    used = {name for node in graph.node for name in [*node.input, *node.output]}
    moved = {name: f"inner {name}" for name in set(renamed.values()) & used - set(renamed)}
    every = renamed | moved
    for node in graph.node:
        node.input[:] = [every.get(name, name) for name in node.input]
        node.output[:] = [every.get(name, name) for name in node.output]
    for constant in graph.initializer:
        constant.name = every.get(constant.name, constant.name)


def _shown(graph: Any, ends: Ends) -> str:
    return str(graph.graph.output[1].name) if ends.label else ends.scores


def _type(value: Any) -> int:
    return int(value.type.tensor_type.elem_type)


def _shape(value: Any, columns: int) -> None:
    """Let rows be any number, and say how many columns there are."""
    dimensions = value.type.tensor_type.shape.dim
    if len(dimensions) != 2 or dimensions[1].dim_value not in (0, columns):
        shape = [one.dim_value or None for one in dimensions]
        raise ConversionError(f"'{value.name}' has the shape {shape}, not [rows, {columns}]")
    dimensions[0].Clear()
    dimensions[0].dim_param = "rows"
    dimensions[1].dim_value = columns
