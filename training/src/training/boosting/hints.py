"""What to write instead of a parameter of a boosting library that has no ONNX form."""

from typing import Any

OBJECTIVES = ("objective", "loss_function", "application", "app", "loss")
# Parameter: values with a right form, and the remedy for all others.
FORMS: dict[str, dict[str, tuple[tuple[Any, ...], str]]] = {
    "xgboost": {
        "booster": (("gbtree",), "set 'booster: gbtree'"),
        "num_parallel_tree": ((1,), "set 'num_parallel_tree: 1'"),
        "multi_strategy": (("one_output_per_tree",), "set 'multi_strategy: one_output_per_tree'"),
    },
    "lightgbm": {
        "reg_sqrt": ((False,), "set 'reg_sqrt: false'"),
    },
    "catboost": {
        "grow_policy": (("SymmetricTree",), "set 'grow_policy: SymmetricTree'"),
    },
}
USUAL = {
    "multi:softmax": "multi:softprob",
    "multiclassova": "multiclass",
    "MultiClassOneVsAll": "MultiClass",
    "MultiQuantile": "Quantile",
    "RMSEWithUncertainty": "RMSE",
}


def form_hint(model: Any, library: str, reason: str) -> str:
    """Name the parameter that is the cause of `reason`, as far as it is known; else nothing."""
    parameters = {n: v for n, v in model.get_params().items() if v is not None}
    if type(model).__name__ == "XGBRFClassifier":
        return "use sklearn.ensemble.RandomForestClassifier, which is a forest of several classes"
    for name, (right, remedy) in FORMS[library].items():
        if name in parameters and parameters[name] not in right:
            return f"{remedy} in 'estimator.parameters'"
    for name in OBJECTIVES:
        value = str(parameters.get(name, ""))
        if instead := USUAL.get(value.partition(":")[0]) or USUAL.get(value):
            return f"set '{name}: {instead}' in 'estimator.parameters'"
        if value and "objective" in reason.lower():
            return f"leave '{name}' out of 'estimator.parameters'"
    return ""
