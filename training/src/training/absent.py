"""Tells a model or version that is not there from one that this account may not see."""

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

_ABSENT = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")


def is_absent(client: MlflowClient, model: str, error: MlflowException) -> bool:
    """Whether an error of MLflow's means that the model, or the version asked for, is not there.

    A server with accounts answers 403 for a model that nobody registered, as no account was given
    a right on it. Its search finds every model that the account may read.
    """
    if error.error_code == "PERMISSION_DENIED":
        return not client.search_registered_models(f"name='{model}'", max_results=1)
    return error.error_code in _ABSENT
