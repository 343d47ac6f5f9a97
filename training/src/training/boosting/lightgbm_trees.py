"""LightGBM's trees as onnxmltools gets them right.

Measured with 4.7.0 and onnxmltools 1.16.0 (docs/adr/0028-boosting-libraries.md): it rounds
thresholds to the nearest float32, so that numbers in between go to the other side; it takes a
forest's trees for a hundred, the sigmoid's steepness for 1, and knows neither `fair` nor `mape`.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

LIKE_REGRESSION = ("fair", "mape")  # answers are the sum of the leaves


class _Read:
    """Stands for a model and its booster: what onnxmltools asks for, and no more."""

    is_mock = True  # onnxmltools then takes `dump_model`, not its own way into the library
    boosting_type = "gbdt"

    def __init__(self, dump: dict[str, Any], classes: Any) -> None:
        self._dump = dump
        self.booster_ = self
        self.classes_ = classes

    def dump_model(self) -> dict[str, Any]:
        return self._dump


def as_onnxmltools_reads(model: Any, rounded: Callable[[Any], Any]) -> Any:
    """Return what onnxmltools converts to the answers of `model`; raises ValueError for no form.

    `rounded` brings thresholds to float32.
    """
    dump = model.booster_.dump_model()
    objective, *options = str(dump.get("objective", "")).split()
    scale = 1.0
    if "sqrt" in options:
        raise ValueError("'reg_sqrt' has no ONNX form")
    if objective == "multiclassova":
        raise ValueError("'objective: multiclassova' has no ONNX form")
    if objective in LIKE_REGRESSION:
        dump["objective"] = "regression"
    if objective == "binary":
        scale = float(dict(one.split(":") for one in options).get("sigmoid", 1.0))
    if dump.get("average_output"):
        scale /= len(dump["tree_info"]) / dump["num_tree_per_iteration"]
    for tree in dump["tree_info"]:
        _adjust(tree["tree_structure"], scale, rounded)
    return _Read(dump, np.arange(max(2, dump["num_class"])))


def _adjust(root: dict[str, Any], scale: float, rounded: Callable[[Any], Any]) -> None:
    nodes = [root]
    while nodes:
        node = nodes.pop()
        if "leaf_value" in node:
            node["leaf_value"] *= scale
            continue
        nodes += [node["left_child"], node["right_child"]]
        if node["decision_type"] == "<=":
            node["threshold"] = rounded(node["threshold"])
            if node["missing_type"] == "None":  # LightGBM takes a gap for 0 where it saw none
                node["default_left"] = node["threshold"] >= 0
        else:  # a set of categories; a gap is in none
            node["default_left"] = False
