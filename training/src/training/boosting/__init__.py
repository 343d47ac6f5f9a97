"""XGBoost, LightGBM and CatBoost as estimators (docs/adr/0028-boosting-libraries.md).

`library` says what differs between them, `parameters` checks what a YAML passes, `booster` fits and
answers, `stopping` holds rows back for early stopping, `onnx_form` writes the graph, `hints` names
the parameter that has no ONNX form.
"""
