"""All that a search of MLflow finds, which it tells page by page."""

from collections.abc import Callable, Iterator
from typing import Any

PAGE = 1000  # of what MLflow tells at once


def all_pages(ask: Callable[..., Any]) -> Iterator[Any]:
    """Yield what a search of MlflowClient finds; `ask` takes `max_results`, `page_token`."""
    token: str | None = None
    while True:
        page = ask(max_results=PAGE, page_token=token)
        yield from page
        token = page.token
        if not token:
            return
