"""YAMLs whose pipeline is a Python file beside them."""

from pathlib import Path
from textwrap import dedent
from typing import Any

from support.command import Ended, run
from support.models import write_model

HEAD = """
import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import *
from sklearn.feature_selection import *
from sklearn.impute import *
from sklearn.linear_model import *
from sklearn.pipeline import *
from sklearn.preprocessing import *
"""


def write_pipeline(folder: Path, body: str, **changes: Any) -> Path:
    """Write features.py, whose `build` has this body, and the YAML that names it."""
    text = "".join(f"    {line}\n" for line in dedent(body).strip().splitlines())
    (folder / "features.py").write_text(f"{HEAD}\ndef build(features):\n{text}")
    base = {"task": "classification", "estimator": None, "pipeline": "features:build"}
    return write_model(folder, **(base | changes))


def built(folder: Path, body: str, **changes: Any) -> Ended:
    """Build the package of such a model."""
    return run("build", write_pipeline(folder, body, **changes), "--out", folder / "package")
