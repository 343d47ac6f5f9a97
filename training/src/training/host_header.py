"""The name by which MLflow is asked, where its address here is not one that it answers to."""

from typing import Any


def ask_as(host: str) -> None:
    """Send this Host header with every request of MLflow's client, as through a port-forward."""
    from mlflow.tracking.request_header.abstract_request_header_provider import (
        RequestHeaderProvider,
    )
    from mlflow.tracking.request_header.registry import _request_header_provider_registry

    class HostHeader(RequestHeaderProvider):  # type: ignore[misc]
        def in_context(self) -> bool:
            return True

        def request_headers(self) -> dict[str, Any]:
            return {"Host": host}

    _request_header_provider_registry.register(HostHeader)
