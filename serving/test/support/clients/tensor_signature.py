"""Copy a model package with MLflow's signature of tensors: tensor_signature.py FOLDER OUT."""

import shutil
import sys
from pathlib import Path

import numpy as np
from mlflow.models import Model, ModelSignature
from mlflow.types import Schema, TensorSpec

folder, out = sys.argv[1:]
shutil.copytree(folder, out)
model = Model.load(folder)
package = (model.metadata or {})["slipway"]
if package["onnx"]["layout"] == "matrix":
    schema = Schema([TensorSpec(np.dtype(np.float32), (-1, len(package["features"])))])
else:
    kinds = {"float32": np.dtype(np.float32), "string": np.dtype(str)}
    inputs = package["onnx"]["inputs"]
    schema = Schema([TensorSpec(kinds[i["dtype"]], (-1, 1), i["name"]) for i in inputs])
model.signature = ModelSignature(schema)
model.save(Path(out) / "MLmodel")
print("null")
