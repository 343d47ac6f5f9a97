"""Refuses a model that is larger than serving loads, before time and memory go into it."""

from typing import Any

import numpy as np

from training.errors import InvalidInputError
from training.final import booster_in, final_of

NODE_BYTES = 30  # of a tree in an ONNX file, at least; measured: 36 to 60
REMEDY = (
    "state fewer 'n_estimators' or a smaller 'max_depth' (scikit-learn's forests: a larger "
    "'min_samples_leaf') in 'estimator.parameters', or use histogram gradient boosting "
    "(sklearn.ensemble.HistGradientBoostingClassifier, …Regressor), whose models are small"
)


def check_nodes(name: str, estimator: Any, max_bytes: int) -> None:
    """Estimate from the number of tree nodes: to convert a huge forest takes gigabytes."""
    booster = booster_in(estimator)
    if booster is not None:
        check_size(name, booster.nodes * NODE_BYTES, max_bytes, estimate=True)
        return
    final = final_of(estimator)
    trees = np.ravel(np.asarray(getattr(final, "estimators_", []), dtype=object))
    nodes = sum(tree.tree_.node_count for tree in trees if hasattr(tree, "tree_"))
    check_size(name, nodes * NODE_BYTES, max_bytes, estimate=True)


def check_size(name: str, size: int, max_bytes: int, *, estimate: bool = False) -> None:
    """Compare with the limit that the prediction API has for a model file."""
    if size > max_bytes:
        about = "at least " if estimate else ""
        problem = (
            f"estimator: its ONNX file has {about}{size / 2**20:.3g} MiB, and serving loads at "
            f"most {max_bytes / 2**20:.3g} (MAX_MODEL_BYTES={max_bytes}); {REMEDY}"
        )
        raise InvalidInputError(name, [problem])
