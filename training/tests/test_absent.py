"""A model that is not there, and one that an account may not see."""

from typing import Any

import pytest
from mlflow.exceptions import MlflowException, RestException

from training.absent import is_absent
from training.registry import Registry


class Server:
    """An MLflow with accounts: it refuses a model on which nobody has a right."""

    def __init__(self, *readable: str) -> None:
        """`readable` are the models that the account may read."""
        self.readable = readable

    def get_model_version_by_alias(self, name: str, alias: str) -> Any:
        """Refuse."""
        raise RestException({"error_code": "PERMISSION_DENIED", "message": f"{name}@{alias}"})

    def search_registered_models(self, query: str, max_results: int) -> list[str]:
        """Find what may be read."""
        assert max_results == 1
        return [name for name in self.readable if query == f"name='{name}'"]


def test_a_refusal_means_no_model_where_the_search_finds_none() -> None:
    assert Registry(Server("other-model")).champion("new-model") is None  # type: ignore[arg-type]
    with pytest.raises(MlflowException, match="mine@champion"):
        Registry(Server("mine")).champion("mine")  # type: ignore[arg-type]


def test_other_errors_mean_what_they_say() -> None:
    server: Any = Server()
    gone = RestException({"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "gone"})
    down = RestException({"error_code": "INTERNAL_ERROR", "message": "down"})
    assert is_absent(server, "a-model", gone)
    assert not is_absent(server, "a-model", down)
