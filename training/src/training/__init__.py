"""Trains a model from one YAML file, proves its ONNX export and registers it behind a gate."""
