"""Trains a model from one YAML file, proves its ONNX export and registers it behind a gate."""

import os

# onnxruntime >= 1.29 sends usage data unless this is set before it is first imported.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
