"""Writes a fitted model as ONNX, and proves that ONNX and scikit-learn give the same answers."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from training.dataset import Dataset
from training.errors import InvalidInputError
from training.scoring import NumberScores, as_input, output_names, run_onnx

# Old enough for every runtime in use, new enough for all converters; ai.onnx.ml 3 compares trees in
# float32, the type of our inputs (docs/adr/0001-onnx-parity.md).
OPSETS = {"": 18, "ai.onnx.ml": 3}
TOLERANCE = 1e-5


@dataclass(frozen=True)
class Parity:
    """Largest difference between ONNX and scikit-learn over the test split."""

    rows: int
    max_difference: float
    ties: int


def to_onnx(estimator: Any, dataset: Dataset, name: str) -> bytes:
    """Convert to one file without ZipMap; equal models give equal bytes."""
    from skl2onnx import convert_sklearn
    from skl2onnx.common.data_types import FloatTensorType, Int64TensorType, StringTensorType
    from skl2onnx.common.exceptions import MissingConverter, MissingShapeCalculator

    inputs: list[tuple[str, Any]] = [("features", FloatTensorType([None, len(dataset.features)]))]
    if dataset.layout == "columns":
        inputs = [
            (f.name, (StringTensorType if f.type == "category" else FloatTensorType)([None, 1]))
            for f in dataset.features
        ]
    names = output_names(dataset.features, dataset.classes)
    outputs: list[tuple[str, Any]] = [(names[0], FloatTensorType([None, 1]))]
    if dataset.classes:
        label = StringTensorType if isinstance(dataset.classes[0], str) else Int64TensorType
        probabilities = FloatTensorType([None, len(dataset.classes)])
        outputs = [(names[0], label([None])), (names[1], probabilities)]
    try:
        model = convert_sklearn(
            estimator,
            name=name,  # the default is random
            initial_types=inputs,
            final_types=outputs,
            target_opset=OPSETS,
            options={id(estimator): {"zipmap": False}} if dataset.classes else None,
        )
    except (MissingConverter, MissingShapeCalculator, NotImplementedError, RuntimeError) as error:
        kind = type(estimator[-1] if hasattr(estimator, "steps") else estimator).__name__
        reason = " ".join(str(error).split())[:300]
        raise InvalidInputError(
            name, [f"estimator.class: {kind} has no ONNX form; choose another class ({reason})"]
        ) from error
    if dataset.layout == "columns":
        _rename_inputs(model.graph, [f.name for f in dataset.features])
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def _rename_inputs(graph: Any, names: list[str]) -> None:
    """Call the inputs by the features' names, where skl2onnx wrote `_` for a space and the like.

    No name can clash: skl2onnx gives inputs their names first and never the same one twice.
    """
    renamed = {given.name: name for given, name in zip(graph.input, names, strict=True)}
    for given in graph.input:
        given.name = renamed[given.name]
    for node in graph.node:
        node.input[:] = [renamed.get(name, name) for name in node.input]


def prove_parity(name: str, estimator: Any, model: bytes, test: Dataset) -> Parity:
    """Score every test row both ways; raises InvalidInputError when the answers differ.

    Probabilities may differ by 1e-5, numbers by 1e-5 of their own size plus the target's spread.
    Labels must be equal, save where scikit-learn's own two best classes are that close to a tie.
    """
    data = as_input(test.features, test.rows)
    onnx = run_onnx(model, test.features, test.rows, test.classes)
    if isinstance(onnx, NumberScores):
        truth = np.asarray(estimator.predict(data), dtype=np.float64).reshape(-1)
        scale = np.abs(truth) + np.std(test.target)
        difference = float(np.max(np.abs(onnx.numbers - truth) / np.maximum(scale, 1e-30)))
        ties = wrong = 0
    else:
        truth = np.asarray(estimator.predict_proba(data), dtype=np.float64)
        difference = float(np.max(np.abs(onnx.probabilities - truth)))
        best = np.sort(truth, axis=1)
        close = best[:, -1] - best[:, -2] <= 2 * TOLERANCE
        index = {value: position for position, value in enumerate(test.classes)}
        labels = np.array([index[value] for value in estimator.predict(data).tolist()])
        differs = labels != onnx.labels
        ties, wrong = int((differs & close).sum()), int((differs & ~close).sum())
    if wrong or not difference <= TOLERANCE:
        reason = (
            f"estimator: no parity between scikit-learn and ONNX on {len(test.rows)} test rows: "
            f"largest difference {difference:.2g} (allowed {TOLERANCE:g}), {wrong} labels differ; "
            "with trees leave 'preprocess.scale' off, with linear models and kernels switch it "
            "on, or choose another estimator"
        )
        raise InvalidInputError(name, [reason])
    return Parity(len(test.rows), difference, ties)
