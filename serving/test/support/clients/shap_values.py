"""Exact Shapley values of a model package's graph by PyPI's shap, over given background rows.

Standard input: {"folder", "class", "row", "background"}, each row's values in feature order. Text
is passed through shap as its index, since its masker takes numbers alone.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import shap
import yaml

asked = json.load(sys.stdin)
folder = Path(asked["folder"])
package = yaml.safe_load((folder / "MLmodel").read_text())["metadata"]["slipway"]
session = ort.InferenceSession(str(folder / "model.onnx"))
rows = [asked["row"], *asked["background"]]
texts = sorted({value for row in rows for value in row if isinstance(value, str)})
codes = {text: float(at) for at, text in enumerate(texts)}


def coded(row: list[Any]) -> list[float]:
    return [codes[v] if isinstance(v, str) else np.nan if v is None else v for v in row]


def answer(numbers: Any) -> Any:
    onnx = package["onnx"]
    if onnx["layout"] == "matrix":
        dtype = onnx["inputs"][0]["dtype"]
        feeds = {onnx["inputs"][0]["name"]: np.asarray(numbers, dtype)}
    else:
        feeds = {}
        for column, entry in zip(np.asarray(numbers).T, onnx["inputs"], strict=True):
            is_text = entry["dtype"] == "string"
            values = [texts[int(code)] for code in column] if is_text else column
            feeds[entry["name"]] = np.asarray(
                values, object if is_text else entry["dtype"]
            ).reshape(-1, 1)
    outputs = onnx["outputs"]
    name = outputs["value"] or outputs["probabilities"]
    found = session.run([name], feeds)[0].reshape(len(numbers), -1)
    return found[:, 0 if outputs["value"] else asked["class"]]


background = np.array([coded(row) for row in asked["background"]])
masker = shap.maskers.Independent(background, max_samples=len(background))
explained = shap.explainers.Exact(answer, masker)(np.array([coded(asked["row"])]), silent=True)
print(
    json.dumps(
        {
            "shap": shap.__version__,
            "base": float(np.ravel(explained.base_values)[0]),
            "values": np.ravel(explained.values).tolist(),
        }
    )
)
